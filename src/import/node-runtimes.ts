import type { LocatedTable, Place } from './located-value.ts';

/** One runtime as a node has it, and where each part of it stands. */
export type NodeRuntime = {
  readonly at: Place;
  readonly runtimeType?: Located<string>;
  readonly runtimePath?: Located<string>;
  readonly options?: LocatedTable;
  /** Docker's form. */
  readonly path?: Located<string>;
  readonly runtimeArgs?: Located<readonly string[]>;
  readonly snapshotter?: Located<string>;
  readonly podAnnotations?: Located<readonly string[]>;
};

export type Located<Value> = { readonly value: Value; readonly at: Place };

/** What the files of one node say of its runtimes. */
export type NodeRuntimes = {
  /** How findings call the node: the file that it was read from. */
  readonly source: string;
  readonly kind: 'containerd' | 'docker' | 'crictl';
  readonly runtimes: ReadonlyMap<string, NodeRuntime>;
  /** Undefined where it is not said, or names no runtime. */
  readonly defaultRuntime?: Located<string>;
};
