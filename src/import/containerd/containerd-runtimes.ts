import type { ContainerdVersion } from '../../shim/containerd-version.ts';
import { toJson } from '../../text/located-value.ts';
import type { TomlDocument } from '../../text/parse-toml.ts';
import type { Report } from '../import-finding.ts';
import { nodeRuntime, textOf, type NodeRuntime, type NodeRuntimes } from '../node-runtimes.ts';
import { reportNotCarriedOver, reportUnusedPaths } from '../not-carried-over.ts';
import { checkContainerdFile } from './check-containerd-file.ts';
import { runtimeFields } from './containerd-fields.ts';
import { declaredPlugins } from './declared-plugins.ts';
import { reportDisabledCri } from './disabled-plugins.ts';
import { isZero, structField } from './go-decoding.ts';
import { reportWhatKeepsCriFromLoading } from './loading-cri.ts';
import { mannerOf } from './manner.ts';
import { systemDefaults } from './node-system.ts';
import { reportMisplacedKeys } from './misplaced-keys.ts';
import type { NodeConfiguration } from './node-configuration.ts';
import { reportUnknownPlugins } from './plugin-ids.ts';
import { possibleVersions } from './possible-versions.ts';
import { reportPulls } from './pulls.ts';
import { readConfigurationAs, reportMissingDefault } from './read-configuration-as.ts';
import { reportRefusedSyntax } from './refused-syntax.ts';
import { reportRuntimesThatCannotStart } from './starting-runtimes.ts';
import { reportMissingSnapshotters } from './snapshotters.ts';
import { reportVersionDifferences } from './version-differences.ts';

/** What a node has, and what its containerd makes of its files. */
export type ReadNode = { readonly node: NodeRuntimes; readonly configuration: NodeConfiguration };

/**
 * The runtimes that containerd has with a configuration and all that it imports: as the given version reads it, or as
 * the newest one that the files can be of.
 *
 * @param tables the files in the order in which containerd merges them
 * @param source what the node is called
 */
export function containerdRuntimes(
  tables: readonly TomlDocument[],
  source: string,
  report: Report,
  given?: ContainerdVersion,
): ReadNode {
  const versions = possibleVersions(tables, given);
  for (const table of tables) {
    reportRefusedSyntax(table, versions, report);
    checkContainerdFile(table, versions, report);
  }
  reportDisabledCri(tables, versions, report);
  reportMisplacedKeys(tables, report);
  reportUnknownPlugins(tables, versions, report);
  const configuration = readConfigurationAs(newestManner(versions), tables, versions, source, report);
  const alike = versions.filter((version) => isReadAlike(version, configuration));
  reportVersionDifferences(configuration, report);
  reportMissingDefault(configuration, report);
  const missing = reportMissingSnapshotters(configuration, report);
  const judged = new Set([
    ...reportWhatKeepsCriFromLoading(configuration, report),
    ...reportRuntimesThatCannotStart(
      { ...configuration, sandboxers: declaredPlugins(configuration, 'sandbox') },
      report,
    ),
  ]);
  reportPulls(configuration, missing, report);
  reportNotCarriedOver(configuration.runtimes, notCarriedOver, judged, report);
  reportUnusedPaths(configuration.runtimes, 'runtime_path', ['sandboxer'], report);
  const node: NodeRuntimes = {
    source,
    kind: 'containerd',
    runtimes: decodeRuntimes(configuration),
    ...(configuration.defaultRuntime !== undefined && { defaultRuntime: configuration.defaultRuntime }),
    versions,
    ...(alike.length < versions.length && { heldBy: alike }),
  };
  return { node, configuration };
}

function newestManner(versions: readonly ContainerdVersion[]) {
  return mannerOf(versions.at(-1) ?? '2.4');
}

/** Whether a version makes the same table of the files; what says nothing does not count. */
function isReadAlike(version: ContainerdVersion, read: NodeConfiguration): boolean {
  const manner = mannerOf(version);
  if (manner === newestManner(read.versions)) return true;
  const other = readConfigurationAs(manner, read.files, read.versions, read.source, () => undefined);
  return textOfConfiguration(other) === textOfConfiguration(read);
}

function textOfConfiguration(configuration: NodeConfiguration): string {
  const runtimes = [...decodeRuntimes(configuration)].map(([name, runtime]) => [
    name,
    runtime.runtimeType?.value,
    runtime.runtimePath?.value,
    runtime.snapshotter?.value,
    runtime.podAnnotations?.value,
    [...(runtime.options?.entries ?? [])]
      .filter(([, value]) => !isZero(value))
      .map(([key, value]) => [key, toJson(value, () => undefined)])
      .toSorted(),
  ]);
  return JSON.stringify([configuration.defaultRuntime?.value, runtimes.toSorted()]);
}

function decodeRuntimes({ runtimes, images, system }: NodeConfiguration): ReadonlyMap<string, NodeRuntime> {
  const said = textOf(structField(images, 'snapshotter'));
  const general = said?.value === systemDefaults[system].snapshotter ? undefined : said;
  return new Map([...runtimes].map(([name, table]) => [name, nodeRuntime(table, general)]));
}

const carriedOver: ReadonlySet<string> = new Set([
  'runtime_type',
  'runtime_path',
  'options',
  'snapshotter',
  'pod_annotations',
]);

const notCarriedOver = [...runtimeFields.keys()].filter((key) => !carriedOver.has(key));
