import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { containerdVersionOf, goBuildInfo } from './go-build-info.ts';
import type { NodeRoot } from './node-root.ts';

/** The program of a node's containerd. */
export type ContainerdProgram = {
  /** The directory on the node that it lies in, behind all links: shims beside it are found too. */
  readonly directory: string;
  /** Undefined where the program does not tell. */
  readonly version: string | undefined;
};

/** Finds the node's containerd, and reads its version out of the program, which is not run. */
export class ContainerdFinder {
  readonly #root: NodeRoot;
  /** What was read of the program as it was then: tens of MiB that change with an upgrade only. */
  #known: { readonly file: string; readonly state: string; readonly version: string | undefined } | undefined;

  constructor(root: NodeRoot) {
    this.#root = root;
  }

  /** @param directories in which it may lie, in order @returns undefined where it is in none of them */
  async find(directories: readonly string[]): Promise<ContainerdProgram | undefined> {
    for (const directory of directories) {
      const path = posix.join(directory, 'containerd');
      if ((await this.#root.look(path)) !== 'executable') continue;
      const file = await this.#root.locate(path);
      if (file !== undefined) return { directory, version: await this.#versionOf(file) };
    }
    return undefined;
  }

  async #versionOf(file: string): Promise<string | undefined> {
    const { ino, size, mtimeMs } = await stat(file);
    const state = `${ino} ${size} ${mtimeMs}`;
    if (this.#known?.file === file && this.#known.state === state) return this.#known.version;
    const info = await goBuildInfo(file).catch(() => undefined);
    const version = info === undefined ? undefined : containerdVersionOf(info);
    this.#known = { file, state, version };
    return version;
  }
}
