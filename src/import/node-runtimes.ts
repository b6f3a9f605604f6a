import type { ContainerdVersion } from '../shim/containerd-version.ts';
import { tableAt, type LocatedTable, type LocatedValue, type Place } from '../text/located-value.ts';

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

/** containerd's own snapshotter on Linux. Source: containerd, defaults/defaults_snapshotter_linux.go. */
export const defaultSnapshotter = 'overlayfs';

/** A text that says something: an empty string is what Go has where nothing is set. */
export function textOf(value: LocatedValue | undefined): Located<string> | undefined {
  return value?.kind === 'string' && value.value !== '' ? { value: value.value, at: value.at } : undefined;
}

/** A list that has something in it. */
export function listOf(value: LocatedValue | undefined): Located<readonly string[]> | undefined {
  if (value?.kind !== 'array' || value.items.length === 0) return undefined;
  return { value: value.items.flatMap((item) => (item.kind === 'string' ? [item.value] : [])), at: value.at };
}

/** Whether containerd makes a runtime's sandboxes itself, as containers of its shim. @param sandboxer undefined where none is named */
export function isPodSandbox(sandboxer: string | undefined): boolean {
  return sandboxer === undefined || sandboxer === 'podsandbox';
}

/**
 * A runtime of containerd, of what its table says under the keys of its files.
 *
 * Without a list, containerd passes no annotation on, which is not the same as not being known. A sandboxer of another kind
 * than containerd's own gets all that the pod has, whatever the list says, so that the list says nothing then. Nor is it told the
 * path: the shim that it starts goes by the type.
 * Source: containerd, internal/cri/server/sandbox_run.go: CreateSandbox is handed the pod's whole configuration, and of the
 * runtime its type and options.
 *
 * @param general the snapshotter of all images, where it is another than containerd's own
 */
export function nodeRuntime(table: LocatedTable, general: Located<string> | undefined): NodeRuntime {
  const { at, entries } = table;
  const runtimeType = textOf(entries.get('runtime_type'));
  const runtimePath = textOf(entries.get('runtime_path'));
  const options = tableAt(table, 'options');
  const snapshotter = textOf(entries.get('snapshotter')) ?? general;
  const isOwn = isPodSandbox(textOf(entries.get('sandboxer'))?.value);
  return {
    at,
    ...(runtimeType !== undefined && { runtimeType }),
    ...(isOwn && runtimePath !== undefined && { runtimePath }),
    ...(options !== undefined && { options }),
    ...(snapshotter !== undefined && { snapshotter }),
    ...(isOwn && { podAnnotations: listOf(entries.get('pod_annotations')) ?? { value: [], at } }),
  };
}

/** What the files of one node say of its runtimes. */
export type NodeRuntimes = {
  /** How findings call the node: the file that it was read from. */
  readonly source: string;
  readonly kind: 'containerd' | 'docker' | 'crictl';
  readonly runtimes: ReadonlyMap<string, NodeRuntime>;
  /** The versions of containerd that have just this; undefined where each that the node can have does. */
  readonly heldBy?: readonly ContainerdVersion[];
  /** The versions that the node's containerd can have; undefined for Docker. */
  readonly versions?: readonly ContainerdVersion[];
  /** Undefined where it is not said, or names no runtime. */
  readonly defaultRuntime?: Located<string>;
};
