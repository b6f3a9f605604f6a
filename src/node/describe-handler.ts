import type { NodeHandler } from '../generated/node-runtimes.ts';
import { isZero } from '../import/containerd/go-decoding.ts';
import type { NodeRuntime } from '../import/node-runtimes.ts';
import { canonicalJson } from '../shim/json-value.ts';
import { shimBinary } from '../shim/shim-binary.ts';
import { toJson, type LocatedTable } from '../text/located-value.ts';
import {
  cut,
  maxListed,
  maxNameLength,
  maxOptionsLength,
  maxParts,
  maxPathLength,
  maxPatternLength,
} from './bounds.ts';
import type { LackingParts } from './node-parts.ts';

/**
 * A runtime as the node's object says it. What is longer than the object takes is cut, but for options: half of them would be
 * other ones, so that there are none then.
 */
export function describeHandler(name: string, runtime: NodeRuntime, { missing, unseen }: LackingParts): NodeHandler {
  const { runtimeType, runtimePath, snapshotter, podAnnotations } = runtime;
  const options = runtime.options === undefined ? '' : optionsText(runtime.options);
  const shim = runtimePath?.value ?? shimBinary(runtimeType?.value ?? '');
  return {
    name: cut(name, maxNameLength),
    ...(runtimeType !== undefined && { runtimeType: cut(runtimeType.value, maxPathLength) }),
    ...(shim !== undefined && { shimBinary: cut(shim, maxPathLength) }),
    ...(runtimePath !== undefined && { runtimePath: cut(runtimePath.value, maxPathLength) }),
    ...(options !== '' && options.length <= maxOptionsLength && { options }),
    ...(snapshotter !== undefined && { snapshotter: cut(snapshotter.value, maxNameLength) }),
    ...(podAnnotations !== undefined && {
      podAnnotations: podAnnotations.value.slice(0, maxListed).map((pattern) => cut(pattern, maxPatternLength)),
    }),
    ...(missing.length > 0 && { missing: missing.slice(0, maxParts).map(cutPart) }),
    ...(unseen.length > 0 && { unseen: unseen.slice(0, maxParts).map(cutPart) }),
  };
}

function cutPart({ what, value }: LackingParts['missing'][number]): LackingParts['missing'][number] {
  return { what, value: cut(value, maxPathLength) };
}

/** Without what containerd takes as not set: its own defaults are written in full by some, and not at all by others. */
function optionsText(options: LocatedTable): string {
  const said = new Map([...options.entries].filter(([, value]) => !isZero(value)));
  const json = toJson({ ...options, entries: said }, () => undefined);
  return json === undefined || said.size === 0 ? '' : canonicalJson(json);
}
