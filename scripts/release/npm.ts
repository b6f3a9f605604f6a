import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { kubectlCompletion } from '../../src/cli/completion-scripts.ts';
import type { TarEntry } from './tar.ts';

const root = path.join(import.meta.dirname, '..', '..');

/**
 * The npm package: dist, as `npm run build` left it, which needs no other package. So it names none, and runs no script when it is
 * installed.
 */
export async function npmEntries(): Promise<readonly TarEntry[]> {
  const { name, version, description, license, type, engines, bin } = packageJson;
  const own = {
    ...{ name, version, description, license, type, engines },
    bin: { ...bin, 'kubectl_complete-shimgate': 'kubectl_complete-shimgate' },
  };
  const files = ['LICENSE', 'README.md', 'src/config/configuration.schema.json'].concat(
    (await readdir(path.join(root, 'dist'))).map((file) => `dist/${file}`),
  );
  return [
    { name: 'package/package.json', content: `${JSON.stringify(own, null, 2)}\n` },
    { name: 'package/kubectl_complete-shimgate', content: kubectlCompletion, isExecutable: true },
    ...(await Promise.all(
      files.map(async (file) => ({
        name: `package/${file}`,
        content: await readFile(path.join(root, file)),
        isExecutable: file === 'dist/main.js',
      })),
    )),
  ];
}
