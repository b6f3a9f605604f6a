import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A directory as the kubelet mounts a ConfigMap or Secret: files are links through `..data`, a link to a directory with
 * a timestamp for a name. A new version is another such directory, and `..data` is swapped in one step.
 *
 * Source: Kubernetes, pkg/volume/util/atomic_writer.go.
 */
export class MountedVolume {
  readonly directory: string;
  #version = 0;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async mount(directory: string, files: Readonly<Record<string, string>>): Promise<MountedVolume> {
    await mkdir(directory);
    const volume = new MountedVolume(directory);
    await volume.swap(files);
    for (const name of Object.keys(files)) await symlink(join('..data', name), join(directory, name));
    return volume;
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  async swap(files: Readonly<Record<string, string>>): Promise<void> {
    const before = `..2026_01_01_00_00_00.${this.#version}`;
    const version = `..2026_01_01_00_00_00.${++this.#version}`;
    await mkdir(this.file(version));
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.file(version), name), text);
    await symlink(version, this.file('..data_tmp'));
    await rename(this.file('..data_tmp'), this.file('..data'));
    await rm(this.file(before), { recursive: true, force: true });
  }
}
