import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of files as the kubelet mounts a ConfigMap or a Secret: each file is a symlink into the directory `..data`. */
export type MountedDirectory = {
  readonly path: string;
  /** Changes all files at once, as the kubelet does: by swapping the symlink `..data` for one to a new directory. */
  readonly swap: (files: Readonly<Record<string, string>>) => Promise<void>;
};

/** @param parent a directory, in which it gets one of its own */
export async function mountDirectory(
  parent: string,
  files: Readonly<Record<string, string>>,
): Promise<MountedDirectory> {
  const path = await mkdtemp(join(parent, 'mounted-'));
  let version = 0;
  const write = async (contents: Readonly<Record<string, string>>) => {
    const directory = `..version-${++version}`;
    await mkdir(join(path, directory));
    for (const [name, text] of Object.entries(contents)) await writeFile(join(path, directory, name), text);
    return directory;
  };
  await symlink(await write(files), join(path, '..data'));
  for (const name of Object.keys(files)) await symlink(join('..data', name), join(path, name));
  return {
    path,
    swap: async (contents) => {
      const before = `..version-${version}`;
      await symlink(await write(contents), join(path, '..data_tmp'));
      await rename(join(path, '..data_tmp'), join(path, '..data'));
      await rm(join(path, before), { recursive: true });
    },
  };
}

/** @returns the path of an empty directory; whoever asked removes it */
export async function makeTemporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'shimgate-test-'));
}
