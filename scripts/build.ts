/**
 * Bundles src into dist. A bundle starts in a third of the time and holds 50 MiB less than the packages would: of
 * @kubernetes/client-node only authentication and watch are used, and its generated API, by far most of it, is left out.
 */
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import { build } from 'esbuild';
import { inModules } from './bundle.ts';
import { thirdPartyLicences } from './release/licences.ts';

const root = join(import.meta.dirname, '..');
const entry = join(root, 'dist', 'main.js');

/** What the bundle holds of which package cannot be seen in it: scanners read it here. */
const billOfMaterials = 'sbom.cdx.json';

/** The licences of those packages, which have to go along. */
const licenceTexts = 'THIRD-PARTY-LICENSES.txt';

const { metafile } = await build({
  ...inModules,
  entryPoints: {
    main: join(root, 'src', 'main.ts'),
    'second-half-main': join(root, 'src', 'audit', 'second-half-main.ts'),
  },
  outdir: join(root, 'dist'),
  plugins: [
    ...inModules.plugins,
    cyclonedxEsbuildPlugin({
      outputFile: billOfMaterials,
      outputReproducible: true,
      validate: true,
      logLevel: 'silent',
    }),
  ],
});
await writeFile(join(root, 'dist', licenceTexts), thirdPartyLicences(root, metafile));
// Names carry a hash of the content: what an earlier build left is taken away once nothing imports it any more.
const written = new Set([
  billOfMaterials,
  licenceTexts,
  ...Object.keys(metafile.outputs).map((file) => basename(file)),
]);
const stale = (await readdir(join(root, 'dist'))).filter((file) => !written.has(file));
await Promise.all(stale.map((file) => rm(join(root, 'dist', file), { recursive: true })));
// So that `npx shimgate` and a symlink as a kubectl plugin run it.
await chmod(entry, 0o755);
