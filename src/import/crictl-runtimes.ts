import { quote } from '../finding/quote.ts';
import { importFinding, type Report } from './import-finding.ts';
import { crictlKeyVersions, runtimeKeyVersions } from '../shim/containerd-facts.ts';
import { isInRange, knownVersions, type ContainerdVersion } from '../shim/containerd-version.ts';
import { tableAt, valueAt, type LocatedTable } from '../text/located-value.ts';
import {
  defaultSnapshotter,
  listOf,
  nodeRuntime,
  textOf,
  type Located,
  type NodeRuntime,
  type NodeRuntimes,
} from './node-runtimes.ts';
import { reportNotCarriedOver, reportPrintedPaths, reportUnusedPaths } from './not-carried-over.ts';

/**
 * Fields that shimgate has no place for, by the names that containerd 1.6 to 2.4 has for them.
 *
 * Source: containerd 1.6 and 1.7, pkg/cri/config/config.go; 2.4, internal/cri/config/config.go: the json tags of Runtime.
 */
const notCarriedOver: readonly string[] = [
  'runtimeEngine',
  'runtimeRoot',
  'ContainerAnnotations',
  'privileged_without_host_devices',
  'privileged_without_host_devices_all_devices_allowed',
  'cgroupWritable',
  'baseRuntimeSpec',
  'cniConfDir',
  'cniMaxConfNum',
  'sandboxMode',
  'sandboxer',
  'disablePauseImagePull',
  'io_type',
];

/** Whether a document is what `crictl info` prints of containerd: its status, and the configuration of its CRI plugin. */
export function isCrictlInfo(document: LocatedTable): boolean {
  return tableAt(document, 'config', 'containerd') !== undefined;
}

/**
 * The runtimes that a running containerd says it has: whatever its version made of its files. In 1.x that includes the
 * runtimes that `default_runtime` and `untrusted_workload_runtime` became.
 *
 * Its snapshotter for all images is in there up to 1.7; from 2.0 on it belongs to another plugin, and is not printed.
 */
export function crictlRuntimes(
  document: LocatedTable,
  source: string,
  report: Report,
  given?: ContainerdVersion,
): NodeRuntimes {
  const section = tableAt(document, 'config', 'containerd');
  const general = textOf(valueAt(section, 'snapshotter'));
  const tables = new Map(
    [...(tableAt(section, 'runtimes')?.entries ?? [])].flatMap(([name, value]) =>
      value.kind === 'table' ? [[name, value] as const] : [],
    ),
  );
  const versions = given === undefined ? versionsByKeys([...tables.values()]) : [given];
  const usingPath = runtimeKeyVersions.get('runtime_path') ?? {};
  // 1.6 prints the path that its file has, and starts the shim of the type.
  const usesPath = versions.some((version) => isInRange(version, usingPath));
  const runtimes = new Map([...tables].map(([name, table]) => [name, readRuntime(table, general, usesPath)]));
  reportNotCarriedOver(tables, notCarriedOver, new Set(), report);
  if (usesPath) reportUnusedPaths(tables, 'runtimePath', ['sandboxer', 'sandboxMode'], report);
  else reportPrintedPaths(tables, 'runtimePath', report);
  const defaultRuntime = readDefault(section, runtimes, report);
  return { source, kind: 'crictl', runtimes, versions, ...(defaultRuntime !== undefined && { defaultRuntime }) };
}

/** Each version prints all the keys that it has, set or not: those that are there and those that are not tell which it is. */
function versionsByKeys(runtimes: readonly LocatedTable[]): readonly ContainerdVersion[] {
  const left = knownVersions.filter((version) =>
    runtimes.every((table) =>
      [...crictlKeyVersions].every(([key, range]) => table.entries.has(key) === isInRange(version, range)),
    ),
  );
  return left.length === 0 ? knownVersions : left;
}

function readRuntime(table: LocatedTable, general: Located<string> | undefined, usesPath: boolean): NodeRuntime {
  const snapshotter = textOf(table.entries.get('snapshotter')) ?? general;
  return nodeRuntime(
    table,
    {
      runtimeType: textOf(table.entries.get('runtimeType')),
      runtimePath: usesPath ? textOf(table.entries.get('runtimePath')) : undefined,
      options: tableAt(table, 'options'),
      snapshotter: snapshotter?.value === defaultSnapshotter ? undefined : snapshotter,
    },
    {
      list: listOf(table.entries.get('PodAnnotations')),
      // containerd 1.7 calls it a mode.
      sandboxer: textOf(table.entries.get('sandboxer')) ?? textOf(table.entries.get('sandboxMode')),
    },
  );
}

function readDefault(
  section: LocatedTable | undefined,
  runtimes: ReadonlyMap<string, NodeRuntime>,
  report: Report,
): Located<string> | undefined {
  const said = textOf(valueAt(section, 'defaultRuntimeName'));
  if (said === undefined || runtimes.has(said.value)) return said;
  const message = `No runtime is called ${quote(said.value)}, which defaultRuntimeName names.`;
  report(importFinding('DefaultRuntimeMissing', said.at, message));
  return undefined;
}
