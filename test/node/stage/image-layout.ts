import { readFile } from 'node:fs/promises';
import path from 'node:path';

export type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

type ForPlatform = Descriptor & { readonly platform: { readonly architecture: string } };

type Manifest = { readonly mediaType?: string; readonly config: Descriptor; readonly layers: readonly Descriptor[] };

/** What an image says of itself. Source: OCI image specification, "Image Configuration". */
export type ImageConfig = {
  readonly architecture: string;
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly WorkingDir: string;
    readonly ExposedPorts: Readonly<Record<string, object>>;
    readonly Labels: Readonly<Record<string, string>>;
  };
};

/** The image of a folder in the OCI image layout, for one architecture. */
export type LaidOutImage = {
  /** What the layout names: the index of the images of all architectures. */
  readonly index: Descriptor;
  readonly manifest: Descriptor;
  readonly parts: Manifest;
  readonly config: ImageConfig;
};

const thisArchitecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** @throws Error where the folder holds another number of images than one, or none for the architecture */
export async function readImageLayout(folder: string, architecture = thisArchitecture): Promise<LaidOutImage> {
  const named = await readJson<{ readonly manifests: readonly Descriptor[] }>(path.join(folder, 'index.json'));
  const [index, ...others] = named.manifests;
  if (index === undefined || others.length > 0) throw new Error(`${folder} should hold one image.`);
  const { manifests } = await readJson<{ readonly manifests: readonly ForPlatform[] }>(blobFile(folder, index));
  const manifest = manifests.find(({ platform }) => platform.architecture === architecture);
  if (manifest === undefined) throw new Error(`${folder} has no image for ${architecture}.`);
  const parts = await readJson<Manifest>(blobFile(folder, manifest));
  return { index, manifest, parts, config: await readJson<ImageConfig>(blobFile(folder, parts.config)) };
}

/** Where a layout keeps a part. */
export function blobFile(folder: string, { digest }: Descriptor): string {
  return path.join(folder, 'blobs', ...digest.split(':'));
}

/**
 * Pushes the image of a layout, as it is, by the distribution API.
 *
 * @param registry such as `localhost:5000`
 * @returns its digest, which the registry has confirmed
 * @throws Error where the registry refuses a part
 */
export async function pushLayout(folder: string, registry: string, repository: string, tag: string): Promise<string> {
  const { manifest, parts } = await readImageLayout(folder);
  const base = `http://${registry}/v2/${repository}`;
  for (const part of [parts.config, ...parts.layers]) {
    const headers = { 'content-type': 'application/octet-stream' };
    const body = new Uint8Array(await readFile(blobFile(folder, part)));
    await expectCreated(fetch(`${base}/blobs/uploads/?digest=${part.digest}`, { method: 'POST', headers, body }));
  }
  const headers = { 'content-type': manifest.mediaType };
  const body = new Uint8Array(await readFile(blobFile(folder, manifest)));
  const stored = await expectCreated(fetch(`${base}/manifests/${tag}`, { method: 'PUT', headers, body }));
  const digest = stored.headers.get('docker-content-digest');
  if (digest !== manifest.digest) throw new Error(`The registry says ${digest ?? 'nothing'} of ${manifest.digest}.`);
  return digest;
}

async function expectCreated(asked: Promise<Response>): Promise<Response> {
  const answer = await asked;
  if (answer.status !== 201) throw new Error(`The registry refused a part: ${answer.status} ${await answer.text()}`);
  return answer;
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}
