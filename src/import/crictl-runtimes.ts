import { quote } from '../finding/quote.ts';
import { importFinding, type Report } from './import-finding.ts';
import { crictlKeyVersions, runtimeKeyVersions } from '../shim/containerd-facts.ts';
import { isInRange, knownVersions, type ContainerdVersion } from '../shim/containerd-version.ts';
import { tableAt, valueAt, type LocatedTable, type LocatedValue } from '../text/located-value.ts';
import { reportRuntimesThatCannotStart } from './containerd/starting-runtimes.ts';
import {
  defaultSnapshotter,
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

/**
 * What containerd's files call the fields that say how a runtime starts.
 *
 * `sandboxMode` of 1.7 is none of them: 1.7 makes every sandbox by itself, and goes by the path and the annotations of the
 * runtime as ever, unless an experiment is switched on in its environment.
 * Source: containerd 1.7, pkg/cri/server/sandbox_run.go; and run: crictl info, pods of such a runtime.
 */
const keysOfFiles: ReadonlyMap<string, string> = new Map([
  ['runtimeType', 'runtime_type'],
  ['runtimePath', 'runtime_path'],
  ['PodAnnotations', 'pod_annotations'],
  ['options', 'options'],
  ['snapshotter', 'snapshotter'],
  ['sandboxer', 'sandboxer'],
  ['io_type', 'io_type'],
]);

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
  const said = textOf(valueAt(section, 'snapshotter'));
  const general = said?.value === defaultSnapshotter ? undefined : said;
  const tables = new Map(
    [...(tableAt(section, 'runtimes')?.entries ?? [])].flatMap(([name, value]) =>
      value.kind === 'table' ? [[name, value] as const] : [],
    ),
  );
  const versions = given === undefined ? versionsByKeys([...tables.values()]) : [given];
  const usingPath = runtimeKeyVersions.get('runtime_path') ?? {};
  // 1.6 prints the path that its file has, and starts the shim of the type.
  const usesPath = versions.some((version) => isInRange(version, usingPath));
  const asInFiles = new Map([...tables].map(([name, table]) => [name, asInFile(table, usesPath)]));
  const runtimes = new Map([...asInFiles].map(([name, table]) => [name, nodeRuntime(table, general)]));
  const judged = new Set(reportRuntimesThatCannotStart({ runtimes: asInFiles, versions }, report));
  reportNotCarriedOver(tables, notCarriedOver, judged, report);
  if (usesPath) reportUnusedPaths(tables, 'runtimePath', ['sandboxer'], report);
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

/** The same runtime as a file would have it. */
function asInFile({ at, entries }: LocatedTable, usesPath: boolean): LocatedTable {
  const renamed = [...entries].flatMap(([key, value]): [string, LocatedValue][] => {
    const name = key === 'runtimePath' && !usesPath ? undefined : keysOfFiles.get(key);
    return name === undefined ? [] : [[name, value]];
  });
  return { kind: 'table', at, entries: new Map(renamed) };
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
