import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { image, version } from './published.ts';
import type { TarEntry } from './tar.ts';

const root = path.join(import.meta.dirname, '..', '..');

const files = [
  'deploy/kustomization.yaml',
  'deploy/manifests.yaml',
  'overlays/namespace-rules/configuration.yaml',
  'overlays/namespace-rules/kustomization.yaml',
  'overlays/namespace-rules/webhooks.yaml',
  'overlays/without-webhooks/kustomization.yaml',
];

/** Manifests for kubectl, and overlays for kustomize, with the image that is published. */
export async function manifestEntries(): Promise<readonly TarEntry[]> {
  const ofCheckout = `'shimgate/shimgate:${version}'`;
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(root, file), 'utf8');
      if (file === 'deploy/manifests.yaml' && !text.includes(ofCheckout))
        throw new Error(`${file} has no image ${ofCheckout}.`);
      return { name: `shimgate-${version}/${file}`, content: text.replaceAll(ofCheckout, `'${image}'`) };
    }),
  );
}
