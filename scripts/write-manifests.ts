/** Writes deploy/manifests.yaml, with Helm itself. The end-to-end tests fail where the file is not what would be written. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderManifests } from './chart/render-manifests.ts';

await writeFile(join(import.meta.dirname, '..', 'deploy', 'manifests.yaml'), await renderManifests());
