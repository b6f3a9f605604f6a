/**
 * What an executable starts with: the modules of the command line lie in it, as they lie beside each other in dist, and are read when they are
 * imported. So `resolve` compiles a tenth of what `serve` does, which starts it faster than code that was compiled before and comes along.
 */
import { createRequire, isBuiltin, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { getAsset, getAssetKeys } from 'node:sea';
import { pathToFileURL } from 'node:url';

/** Where the modules would lie if they were files. Nothing is read there. */
const urlOf = (name: string) => pathToFileURL(join(dirname(process.execPath), name)).href;
const names = new Map(getAssetKeys().map((name) => [`./${name}`, urlOf(name)]));
const urls = new Map(getAssetKeys().map((name) => [urlOf(name), name]));

registerHooks({
  resolve(specifier, context, next) {
    const url = names.get(specifier);
    if (url !== undefined) return { url, format: 'module', shortCircuit: true };
    if (isBuiltin(specifier)) return next(specifier, context);
    // Whatever lies around the executable is no part of it.
    throw Object.assign(new Error(`Cannot find module ${specifier}`), { code: 'MODULE_NOT_FOUND' });
  },
  load(url, context, next) {
    const name = urls.get(url);
    if (name === undefined) return next(url, context);
    return { format: 'module', source: getAsset(name, 'utf8'), shortCircuit: true };
  },
});

const { start } = createRequire(process.execPath)('./start.js') as { readonly start: () => Promise<void> };
void start();
