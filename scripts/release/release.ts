/**
 * Writes everything that is released into one folder (`make release`): image, chart, command line, npm package, manifests, krew manifest,
 * SBOM, licences and digests. Twice from one commit the files are the same.
 *
 *   REGISTRY=ghcr.io/owner   registry and owner, of which all names are made
 *   TARGETS=linux/amd64,…    systems to make executables for; without it, all
 *   IMAGE_LAYOUT=folder      the image, as an OCI image layout that is there already; without it, buildah builds it
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { chartEntries } from './chart.ts';
import { bundleProgram, executableArchive } from './executables.ts';
import { ReleaseFolder } from './folder.ts';
import { haulerManifest } from './hauler.ts';
import { readImageArchive, releasedImage } from './image.ts';
import { krewManifest, type KrewArchive } from './krew.ts';
import { manifestEntries } from './manifests.ts';
import { chosenTargets } from './node-binaries.ts';
import { npmEntries } from './npm.ts';
import { image, version } from './published.ts';
import { packTar } from './tar.ts';

const root = path.join(import.meta.dirname, '..', '..');
const folder = await ReleaseFolder.make(path.resolve(process.argv[2] ?? path.join(root, 'release')));

const program = await bundleProgram();
const archives: KrewArchive[] = [];
for (const target of chosenTargets()) {
  const name = `shimgate-${version}-${target.os}-${target.arch}.tar.gz`;
  const sha256 = await folder.writeArchive(name, await executableArchive(program, target));
  archives.push({ target, name, sha256 });
  console.log(name);
}
const layout = process.env['IMAGE_LAYOUT'] ?? '';
const { entries, digest } = layout === '' ? await releasedImage(version) : await readImageArchive(path.resolve(layout));
await folder.write(`shimgate-${version}-image.tar`, packTar(entries));
await folder.write('images.txt', `${image}@${digest}\n`);
await folder.write('hauler.yaml', haulerManifest(digest));
await folder.writeArchive(`shimgate-${version}.tgz`, await chartEntries());
await folder.writeArchive(`shimgate-${version}-npm.tgz`, await npmEntries());
await folder.writeArchive(`shimgate-${version}-manifests.tar.gz`, await manifestEntries());
await folder.write('shimgate.yaml', krewManifest(archives));
await folder.write(`shimgate-${version}.cdx.json`, await readFile(path.join(root, 'dist', 'sbom.cdx.json')));
await folder.write('THIRD-PARTY-LICENSES.txt', program.licences);
await folder.writeDigests();
console.log(`The release ${version} is in ${folder.directory}.`);
