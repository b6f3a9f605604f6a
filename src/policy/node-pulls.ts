import type { Node } from '../generated/objects.ts';
import { readContainerdVersion, type ContainerdVersion } from '../shim/containerd-version.ts';
import {
  defaultPullSettings,
  runtimeHandlerAtPull,
  type PullSettings,
  type RuntimeHandlerAtPull,
} from '../shim/runtime-handler-at-pull.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import { operatingSystemOfNode } from './operating-system.ts';

/** What a node does with a pull, as far as a cluster tells: it says versions, and no settings. */
export type PullKind = {
  /** Undefined where a node does not say what it runs, where that is not containerd, or older than what is known. */
  readonly version: ContainerdVersion | undefined;
  /** The snapshotter of all images, where nothing else is configured. */
  readonly general: string;
};

/** Nodes that do the same with a pull. */
export type AlikeNodes = PullKind & {
  readonly count: number;
  /** One of them, by which a message can name them. */
  readonly example: string;
};

/** Makes a function that says of nodes what they do with a pull: the same object for all that do the same. */
export function pullKinds(): (node: Node) => PullKind {
  const kinds = new Map<string, PullKind>();
  const versions = new Map<string, ContainerdVersion | undefined>();
  const versionOf = (text: string) => {
    if (!versions.has(text)) versions.set(text, readContainerdVersion(text));
    return versions.get(text);
  };
  return (node) => {
    const version = versionOf(node.status?.nodeInfo?.containerRuntimeVersion ?? '');
    const general = operatingSystemOfNode(node) === 'windows' ? 'windows' : defaultPullSettings.general;
    const name = `${version ?? ''} ${general}`;
    let kind = kinds.get(name);
    if (kind === undefined) kinds.set(name, (kind = { version, general }));
    return kind;
  };
}

/**
 * What nodes do with the pulls of a runtime that has a snapshotter of its own, if a pod of it has the annotation
 * io.containerd.cri.runtime-handler. Other settings than containerd's own are not known.
 *
 * @returns undefined where the runtime has none, so that the annotation changes nothing, or the version is not known
 */
export function atPulls({ version, general }: PullKind, snapshotter: string): RuntimeHandlerAtPull | undefined {
  if (version === undefined) return undefined;
  const settings: PullSettings = { ...defaultPullSettings, general, ofRuntime: snapshotter };
  return runtimeHandlerAtPull(version, settings);
}

/** Whether each node that the pods of a runtime can use is known to gain by that annotation. */
export function gainsByRuntimeHandler(nodes: readonly AlikeNodes[], shim: ShimConfig | undefined): boolean {
  const snapshotter = shim?.snapshotter;
  return (
    snapshotter !== undefined &&
    nodes.length > 0 &&
    nodes.every((alike) => atPulls(alike, snapshotter)?.effect === 'needs')
  );
}
