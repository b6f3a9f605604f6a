import { mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { debianRelease, debianTriplet, output, unpackDebianPackages } from './debian-packages.ts';
import { inTemporaryFolder } from './ending.ts';

/** With the C library that it is linked with. The release before has crun 1.8, which does not take what containerd 2.4 writes. */
const packages = ['crun', 'libc6', 'libcap2', 'libseccomp2', 'libsystemd0', 'libyajl2'];

/**
 * Gets crun from Debian's packages into the cache, with the C library that it is linked with, whatever release runs here.
 *
 * @param cache the folder that keeps it
 * @returns its path
 * @throws Error where this is no Debian, or a package cannot be had; the message says what to do
 */
export async function ensureCrun(cache: string): Promise<string> {
  const directory = path.join(cache, `crun-${debianRelease}-${process.arch}`);
  const crun = path.join(directory, 'usr', 'bin', 'crun');
  if ((await stat(crun).catch(() => undefined)) !== undefined) return crun;
  process.stderr.write(`Getting crun from Debian ${debianRelease}, once.\n`);
  await mkdir(cache, { recursive: true });
  await inTemporaryFolder(path.join(cache, 'crun-'), async (work) => {
    const root = path.join(work, 'root');
    await unpackDebianPackages(packages, work, root);
    await useOwnLibraries(root, directory);
    await rename(root, directory);
  });
  return crun;
}

/** A wrapper that calls the loader would not do: crun runs itself again by its own path. */
async function useOwnLibraries(root: string, home: string): Promise<void> {
  const libraries = path.join(home, 'usr', 'lib', debianTriplet);
  const loader = process.arch === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2';
  const settings = ['--set-interpreter', path.join(libraries, loader), '--set-rpath', libraries];
  await output('patchelf', ['--force-rpath', ...settings, path.join(root, 'usr', 'bin', 'crun')]);
}
