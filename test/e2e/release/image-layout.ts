import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { platforms } from '../../../scripts/release/image.ts';
import { packTar } from '../../../scripts/release/tar.ts';

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };
type Index = { readonly manifests: readonly Descriptor[] };
type Manifest = { readonly config: Descriptor; readonly layers: readonly Descriptor[] };

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/**
 * Writes a small image for all platforms into a folder, as an OCI image layout: what stands for the product's own where that is not built.
 *
 * Source: OCI image specification, "Image Layout".
 */
export async function writeSmallImage(folder: string): Promise<void> {
  const blobs = path.join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, content: Buffer | object): Promise<Descriptor> => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(path.join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const layer = await put(mediaTypes.layer, packTar([{ name: 'small', content: 'image' }]));
  const manifests: object[] = [];
  for (const platform of platforms) {
    const [os, architecture] = platform.split('/');
    const rootfs = { type: 'layers', diff_ids: [layer.digest] };
    const config = await put(mediaTypes.config, { os, architecture, rootfs, config: {} });
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
    manifests.push({ ...(await put(mediaTypes.manifest, manifest)), platform: { os, architecture } });
  }
  const index = await put(mediaTypes.index, { schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  await writeFile(path.join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(path.join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
}

/**
 * Pushes the image of a layout to a registry, for all platforms, as it is.
 *
 * Source: OCI distribution specification, "Push".
 *
 * @returns its digest, which the registry has confirmed
 * @throws Error where the registry refuses a part
 */
export async function pushImage(folder: string, host: string, repository: string, tag: string): Promise<string> {
  const base = `http://${host}/v2/${repository}`;
  const contentOf = ({ digest }: Descriptor) => readFile(path.join(folder, 'blobs', ...digest.split(':')));
  const readJson = async <T>(descriptor: Descriptor) => JSON.parse((await contentOf(descriptor)).toString()) as T;
  const send = async (method: string, url: string, descriptor: Descriptor, mediaType: string) => {
    const body = new Uint8Array(await contentOf(descriptor));
    const answer = await fetch(url, { method, headers: { 'content-type': mediaType }, body });
    if (answer.status !== 201) throw new Error(`The registry refused a part: ${answer.status} ${await answer.text()}`);
    return answer.headers.get('docker-content-digest') ?? '';
  };
  const putManifest = (descriptor: Descriptor, reference: string) =>
    send('PUT', `${base}/manifests/${reference}`, descriptor, descriptor.mediaType);
  const { manifests } = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')) as Index;
  const [index] = manifests;
  if (index === undefined) throw new Error(`${folder} holds no image.`);
  for (const manifest of (await readJson<Index>(index)).manifests) {
    const { config, layers } = await readJson<Manifest>(manifest);
    for (const part of [config, ...layers])
      await send('POST', `${base}/blobs/uploads/?digest=${part.digest}`, part, 'application/octet-stream');
    await putManifest(manifest, manifest.digest);
  }
  return putManifest(index, tag);
}
