import { readFile } from 'node:fs/promises';
import path from 'node:path';

export type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

type Manifest = { readonly mediaType?: string; readonly config: Descriptor; readonly layers: readonly Descriptor[] };

/** What an image says of itself. Source: OCI image specification, "Image Configuration". */
export type ImageConfig = {
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly WorkingDir: string;
    readonly ExposedPorts: Readonly<Record<string, object>>;
    readonly Labels: Readonly<Record<string, string>>;
  };
};

/** The one image of a folder in the OCI image layout. */
export type LaidOutImage = { readonly manifest: Descriptor; readonly parts: Manifest; readonly config: ImageConfig };

/** @throws Error where the folder holds another number of images than one */
export async function readImageLayout(folder: string): Promise<LaidOutImage> {
  const index = await readJson<{ readonly manifests: readonly Descriptor[] }>(path.join(folder, 'index.json'));
  const [manifest, ...others] = index.manifests;
  if (manifest === undefined || others.length > 0) throw new Error(`${folder} should hold one image.`);
  const parts = await readJson<Manifest>(blobFile(folder, manifest));
  return { manifest, parts, config: await readJson<ImageConfig>(blobFile(folder, parts.config)) };
}

/** Where a layout keeps a part. */
export function blobFile(folder: string, { digest }: Descriptor): string {
  return path.join(folder, 'blobs', ...digest.split(':'));
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}
