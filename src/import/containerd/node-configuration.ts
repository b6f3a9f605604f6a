import type { ContainerdVersion } from '../../shim/containerd-version.ts';
import type { LocatedTable } from '../../text/located-value.ts';
import type { Located } from '../node-runtimes.ts';
import type { NodeSystem } from './node-system.ts';

/** What a containerd makes of its files, before any of it is taken over. */
export type NodeConfiguration = {
  /** How findings call the node: its main file. */
  readonly source: string;
  /** In the order in which containerd merges them. */
  readonly files: readonly LocatedTable[];
  /** The operating system that their paths are of. */
  readonly system: NodeSystem;
  /** The versions that the node's containerd can have, oldest first; never none. */
  readonly versions: readonly ContainerdVersion[];
  /** Merged and migrated; what concerns CRI stands under the ids of version 3, whatever ids the version itself uses. */
  readonly plugins: LocatedTable;
  /** The part of `plugins` that concerns runtimes. */
  readonly runtimePart: LocatedTable;
  /** The part of `plugins` that concerns images. */
  readonly images: LocatedTable;
  /** With the keys as containerd's struct has them, and over the defaults of runc. */
  readonly runtimes: ReadonlyMap<string, LocatedTable>;
  /** Undefined where it names no runtime. */
  readonly defaultRuntime: Located<string> | undefined;
};
