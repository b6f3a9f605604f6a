import { join } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';

/** Its package.json does not say so, but importing a module of it has no effect: what is not used may be left out. */
const clientHasNoSideEffects: Plugin = {
  name: 'client-node-has-no-side-effects',
  setup: (builder) => {
    builder.onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'resolved' || !`${from.importer} ${path}`.includes('@kubernetes/client-node'))
        return undefined;
      const found = await builder.resolve(path, { ...from, pluginData: 'resolved' });
      return found.path.includes('@kubernetes/client-node') ? { ...found, sideEffects: false } : found;
    });
  },
};

/** What all bundles of src have in common. */
export const bundled = {
  metafile: true,
  absWorkingDir: join(import.meta.dirname, '..'),
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  // debug takes it where it is there, for colours, and does without: here it is only because development tools bring it.
  external: ['supports-color'],
  plugins: [clientHasNoSideEffects],
  logLevel: 'warning',
} satisfies BuildOptions;

/** What bundles have in common that are modules, each command in pieces of its own. */
export const inModules = {
  ...bundled,
  splitting: true,
  format: 'esm',
  // Their texts are in a file of their own, whole.
  legalComments: 'none',
  // Packages in CommonJS call require, which a module does not have.
  banner: {
    js: "import { createRequire as shimgateRequire } from 'node:module';\nconst require = shimgateRequire(import.meta.url);",
  },
} satisfies BuildOptions;
