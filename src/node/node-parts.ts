import { posix } from 'node:path';
import type { NodePart } from '../generated/node-runtimes.ts';
import { textOf, type NodeRuntime } from '../import/node-runtimes.ts';
import { runcShim, runhcsShim } from '../shim/options.ts';
import { isAbsolutePath } from '../shim/runtime-name.ts';
import { shimBinary } from '../shim/shim-binary.ts';
import type { NodeRoot } from './node-root.ts';

/** Where containerd looks for what has no path. */
export type Places = {
  /** The directories of its PATH, in order. */
  readonly path: readonly string[];
  /** The directory of its own program, where it looks for shims at last; undefined where that was not found. */
  readonly besideContainerd: string | undefined;
  /** Snapshotters that nothing declares. */
  readonly missingSnapshotters: ReadonlySet<string>;
};

/** What of a runtime is not there, or cannot be looked at. */
export type LackingParts = { readonly missing: readonly NodePart[]; readonly unseen: readonly NodePart[] };

type Part = NodePart & { readonly look: () => Promise<'there' | 'missing' | 'unseen'> };

/**
 * Looks whether what a runtime names is there: its shim, the OCI runtime behind runc's shim, the configuration of another
 * one, its snapshotter.
 *
 * Sources: containerd, core/runtime/v2/shim_manager.go, resolveRuntimePath; go-runc, Command, which looks `runc` up on PATH;
 * containerd, api/types/runtimeoptions/v1, ConfigPath.
 */
export async function lackingParts(runtime: NodeRuntime, root: NodeRoot, places: Places): Promise<LackingParts> {
  const missing: NodePart[] = [];
  const unseen: NodePart[] = [];
  for (const { what, value, look } of partsOf(runtime, root, places)) {
    const state = await look();
    if (state === 'missing') missing.push({ what, value });
    if (state === 'unseen') unseen.push({ what, value });
  }
  return { missing, unseen };
}

function partsOf(
  { runtimeType, runtimePath, options, snapshotter }: NodeRuntime,
  root: NodeRoot,
  places: Places,
): readonly Part[] {
  const parts: Part[] = [];
  const type = runtimeType?.value ?? '';
  const executable = (what: NodePart['what'], value: string, directories: readonly string[]) => {
    parts.push({ what, value, look: () => lookForExecutable(value, root, directories) });
  };
  const shim = shimBinary(type);
  if (runtimePath !== undefined) executable('RuntimePath', runtimePath.value, []);
  else if (shim !== undefined) executable('Shim', shim, [...places.path, ...besideOf(places)]);
  if (type === runcShim) {
    executable('BinaryName', textOf(options?.entries.get('BinaryName'))?.value ?? 'runc', places.path);
  } else if (type !== runhcsShim) {
    const file = textOf(options?.entries.get('ConfigPath'))?.value;
    if (file !== undefined && posix.isAbsolute(file))
      parts.push({ what: 'ConfigPath', value: file, look: async () => fileState(await root.look(file)) });
  }
  if (snapshotter !== undefined && places.missingSnapshotters.has(snapshotter.value))
    parts.push({ what: 'Snapshotter', value: snapshotter.value, look: () => Promise.resolve('missing') });
  return parts;
}

function besideOf({ besideContainerd }: Places): readonly string[] {
  return besideContainerd === undefined ? [] : [besideContainerd];
}

/** As Go's LookPath: the first regular file of that name that may be run. A name that has a slash is a path by itself. */
async function lookForExecutable(
  name: string,
  root: NodeRoot,
  directories: readonly string[],
): Promise<'there' | 'missing' | 'unseen'> {
  if (!isAbsolutePath(name) && name.includes('/')) return 'unseen';
  let isUnseen = false;
  for (const path of isAbsolutePath(name) ? [name] : directories.map((directory) => posix.join(directory, name))) {
    const found = await root.look(path);
    if (found === 'executable') return 'there';
    isUnseen ||= found === 'unseen';
  }
  return isUnseen ? 'unseen' : 'missing';
}

function fileState(found: Awaited<ReturnType<NodeRoot['look']>>): 'there' | 'missing' | 'unseen' {
  if (found === 'unseen') return 'unseen';
  return found === 'missing' || found === 'directory' ? 'missing' : 'there';
}
