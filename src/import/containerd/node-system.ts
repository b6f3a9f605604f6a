import type { LocatedTable, LocatedValue } from '../../text/located-value.ts';
import { structField } from './go-decoding.ts';

/** The operating system of a node. */
export type NodeSystem = 'linux' | 'windows';

/** What containerd has on each system without a word in any file. Source: containerd, defaults and internal/cri/config. */
export const systemDefaults = {
  linux: { runtimeName: 'runc', snapshotter: 'overlayfs' },
  windows: { runtimeName: 'runhcs-wcow-process', snapshotter: 'windows' },
} as const satisfies Readonly<Record<NodeSystem, { readonly runtimeName: string; readonly snapshotter: string }>>;

/** A drive letter with a separator, a share or a pipe; Linux would take each for a name in the working directory. */
export function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:[\\/]|^\\\\/.test(path);
}

/** A path of a Windows node below the root of its files, with slashes; others as they are. */
export function belowRoot(path: string): string {
  return isWindowsPath(path) ? path.replace(/^[A-Za-z]:/, '').replaceAll('\\', '/') : path;
}

/** The system that the paths in a node's files are of. */
export function systemOf(files: readonly LocatedTable[]): NodeSystem {
  return files.some((file) => pathsOf(file).some(isWindowsPath)) ? 'windows' : 'linux';
}

function pathsOf(file: LocatedTable): readonly string[] {
  const tables = ['grpc', 'ttrpc', 'debug'].map((name) => structField(file, name));
  const addresses = tables.map((table) => (table?.kind === 'table' ? structField(table, 'address') : undefined));
  const imports = structField(file, 'imports');
  const values: readonly (LocatedValue | undefined)[] = [
    ...['root', 'state', 'temp'].map((name) => structField(file, name)),
    ...addresses,
    ...(imports?.kind === 'array' ? imports.items : []),
  ];
  return values.flatMap((value) => (value?.kind === 'string' ? [value.value] : []));
}
