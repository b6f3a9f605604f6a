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

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}
