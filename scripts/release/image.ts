import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TarEntry } from './tar.ts';

const root = path.join(import.meta.dirname, '..', '..');
const dockerfile = path.join(root, 'deploy', 'Dockerfile');
/** The platforms of the image. */
export const platforms = ['linux/amd64', 'linux/arm64'] as const;

export type Platform = (typeof platforms)[number];

/** That of this machine, if it is one of them. */
export const thisPlatform: Platform = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';

/** Runs buildah. @returns its standard output, without white space around it @throws Error where it fails */
export type Buildah = (args: readonly string[]) => Promise<string>;

export type ImageBuild = {
  /** The checkout, or a copy of it. */
  readonly context: string;
  /** What all files and the image itself are dated, in seconds. */
  readonly timestamp: number;
  /** All, unless only some are wanted. */
  readonly platforms?: readonly Platform[];
  /** Values of the Dockerfile's ARGs. */
  readonly buildArguments: (platform: Platform) => Readonly<Record<string, string>>;
};

/**
 * Builds deploy/Dockerfile for each platform into a folder, as an OCI image layout with one index. Nothing is emulated: what differs between
 * platforms is only copied. Of one checkout, timestamp, bases and buildah the digest is the same each time.
 *
 * @throws Error where buildah fails
 */
export async function buildImageLayout(buildah: Buildah, folder: string, build: ImageBuild): Promise<void> {
  const list = 'localhost/shimgate-release';
  await buildah(['manifest', 'create', list]);
  const ids: string[] = [];
  for (const platform of build.platforms ?? platforms) {
    const values = { BUILDPLATFORM: thisPlatform, ...build.buildArguments(platform) };
    const args = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const files = ['--file', dockerfile, '--ignorefile', `${dockerfile}.dockerignore`];
    const same = ['--no-cache', '--timestamp', String(build.timestamp), '--isolation', 'chroot'];
    const to = ['--platform', platform, '--manifest', list];
    ids.push(await buildah(['build', '--quiet', ...same, ...to, ...files, ...args, build.context]));
  }
  await buildah(['manifest', 'push', '--quiet', '--all', list, `oci:${folder}`]);
  await buildah(['manifest', 'rm', list]);
  await buildah(['rmi', '--force', ...ids]);
}

/** An image layout for an archive, and the digest of its index. */
export type ImageArchive = { readonly entries: readonly TarEntry[]; readonly digest: string };

/**
 * The image of this commit, dated as the commit is. BUILD_BASE, NODE_BASE and RUNTIME_BASE name other bases than the Dockerfile does.
 *
 * @throws Error where buildah is missing or fails, or this is no checkout
 */
export async function releasedImage(version: string): Promise<ImageArchive> {
  const [revision = '', date = ''] = (await output('git', ['log', '-1', '--format=%H %ct'])).split(' ');
  const bases = Object.fromEntries(
    ['BUILD_BASE', 'NODE_BASE', 'RUNTIME_BASE'].flatMap((name) => {
      const value = process.env[name] ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
  const directory = await mkdtemp(path.join(tmpdir(), 'shimgate-image-'));
  try {
    const folder = path.join(directory, 'layout');
    await buildImageLayout((args) => output('buildah', args), folder, {
      context: root,
      timestamp: Number(date),
      buildArguments: () => ({ VERSION: version, REVISION: revision, ...bases }),
    });
    return await readImageArchive(folder);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** @param folder an image layout with one index @throws Error where it has none, or more */
export async function readImageArchive(folder: string): Promise<ImageArchive> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const entries = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return { name: path.relative(folder, file).replaceAll(path.sep, '/'), content: await readFile(file) };
    }),
  );
  const index = entries.find(({ name }) => name === 'index.json');
  const { manifests } = JSON.parse(index?.content.toString() ?? '{"manifests":[]}') as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  const [manifest, ...others] = manifests;
  if (manifest === undefined || others.length > 0) throw new Error(`${folder} should hold one image.`);
  return { entries, digest: manifest.digest };
}

async function output(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...args], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}
