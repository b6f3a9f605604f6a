import { newestFileVersion, versionsWhere } from '../../shim/containerd-facts.ts';
import { listVersions, verbFor, type ContainerdVersion } from '../../shim/containerd-version.ts';
import { quote } from '../../finding/quote.ts';
import { startOf, tableAt, type LocatedTable } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { listNames } from '../../finding/list-names.ts';
import { criPlugin, imagesPlugin, runtimePlugin, serverKeys, shortName, versionOf } from './containerd-migration.ts';
import { isZero, structField } from './go-decoding.ts';
import { mannerOf } from './manner.ts';
import { mergedVersion, replacedVersion } from './merge-files.ts';
import type { NodeConfiguration } from './node-configuration.ts';
import { readConfigurationAs, tableField } from './read-configuration-as.ts';

/** Reports what the versions that a node's containerd can have make differently of its files. */
export function reportVersionDifferences(configuration: NodeConfiguration, report: Report): void {
  reportUnreadTables(configuration, report);
  reportVanishingDropIns(configuration, report);
  reportReplacingDropIns(configuration, report);
  reportMissingRunc(configuration, report);
  for (const file of configuration.files) reportIgnoredSocket(file, report);
}

/** A table about CRI in one file, and the versions that do not read it. */
type UnreadTable = {
  readonly id: string;
  readonly table: LocatedTable;
  readonly unreadBy: readonly ContainerdVersion[];
};

/** Once for each file: tables under ids that some versions do not read, and those that do not. */
function reportUnreadTables({ files, versions }: NodeConfiguration, report: Report): void {
  const newest = mannerOf(versions.at(-1) ?? '2.4');
  for (const file of files) {
    // A file that none of them takes is refused, which is said.
    if (versions.every((version) => newestFileVersion(version) < versionOf(file))) continue;
    const tables = criTables(file).map(({ id, table }): UnreadTable => {
      const isUnread = (version: ContainerdVersion) => !isReadBy(version, id, file, files);
      // Runtimes that no version reads are said where the tables are merged, and 1.x refuses a short id.
      const isRefused = newest === 'drop-ins replace plugins' && id === shortName && versionOf(file) >= 2;
      const hasRuntimes = tableAt(table, 'containerd') !== undefined || tableAt(table, 'runtimes') !== undefined;
      const isSaid = isRefused || (newest === 'each file is migrated' && hasRuntimes && versions.every(isUnread));
      return { id, table, unreadBy: isSaid ? [] : versions.filter(isUnread) };
    });
    for (const group of Map.groupBy(tables, ({ unreadBy }) => listVersions(unreadBy)).values())
      reportUnread(group, file, files, versions, report);
  }
}

function reportUnread(
  group: readonly UnreadTable[],
  file: LocatedTable,
  files: readonly LocatedTable[],
  versions: readonly ContainerdVersion[],
  report: Report,
): void {
  const [first] = group;
  if (first === undefined || first.unreadBy.length === 0) return;
  const { unreadBy } = first;
  const readBy = versions.filter((version) => !unreadBy.includes(version));
  const names = group.flatMap(({ table }) => [...(tableAt(table, 'containerd', 'runtimes')?.entries.keys() ?? [])]);
  const ids = [...new Set(group.map(({ id }) => quote(id)))].join(' and ');
  const isMixed = new Set(files.map(versionOf)).size > 1;
  const said = versionOf(file) === 0 ? 'no version' : `version ${versionOf(file)}`;
  const why = isMixed
    ? `this file says ${said}, and ${filesOfOtherVersions(file, files)}`
    : `this file says ${said}, to which the id ${ids} does not belong`;
  const what = names.length === 0 ? 'what this file says of CRI' : `the ${listNames('runtime', names)}`;
  const others = readBy.length === 0 ? '' : ` ${listVersions(readBy)} ${verbFor(readBy, 'reads', 'read')} it.`;
  const message = `${listVersions(unreadBy)} ${verbFor(unreadBy, 'ignores', 'ignore')} ${what}: ${why}.${others}`;
  const code = isMixed ? 'VersionsMixed' : readBy.length === 0 ? 'PluginTableIgnored' : 'OtherVersionsDiffer';
  const fix = code === 'PluginTableIgnored' ? 'Use the plugin ids of the version that the file says.' : undefined;
  report(importFinding(code, first.table.at, message, fix));
}

function filesOfOtherVersions(file: LocatedTable, files: readonly LocatedTable[]): string {
  const other = files.find((candidate) => versionOf(candidate) !== versionOf(file));
  if (other === undefined) return 'no other';
  return `${other.at.file} says ${versionOf(other) === 0 ? 'none' : `version ${versionOf(other)}`}`;
}

/** Source: the truth is in the migrations of each version; see merge-files.ts. */
function isReadBy(version: ContainerdVersion, id: string, file: LocatedTable, files: readonly LocatedTable[]): boolean {
  switch (mannerOf(version)) {
    case 'each file is migrated':
      return id === criPlugin ? versionOf(file) < 4 : id !== shortName || versionOf(file) <= 1;
    case 'merged before migration':
      if (id === runtimePlugin || id === imagesPlugin) return true;
      return mergedVersion(files) < 3 && (id === criPlugin || versionOf(file) <= 1);
    case 'drop-ins replace plugins':
      return id === (replacedVersion(files) >= 2 ? criPlugin : shortName);
  }
}

/** The tables of a file that say something of CRI, under whatever id. */
function criTables(file: LocatedTable): readonly { readonly id: string; readonly table: LocatedTable }[] {
  const plugins = tableField(file, 'plugins');
  return [shortName, criPlugin, runtimePlugin, imagesPlugin].flatMap((id) => {
    const table = tableAt(plugins, id);
    if (table === undefined || (id === criPlugin && hasRuntimesUnderBothIds(file))) return [];
    // Of what stands under the old id, the settings of CRI's server have stayed there.
    const isMoved = (key: string) => id !== criPlugin || versionOf(file) < 3 || !serverKeys.has(key);
    return [...table.entries].some(([key, value]) => isMoved(key) && !isZero(value)) ? [{ id, table }] : [];
  });
}

/** Those under the id of version 2 vanish with every version, which is said where the file is migrated. */
function hasRuntimesUnderBothIds(file: LocatedTable): boolean {
  return runtimesUnder(file, criPlugin) !== undefined && runtimesUnder(file, runtimePlugin) !== undefined;
}

/** 2.0 to 2.2: runtimes under the id of version 2 vanish where another file has some under that of version 3. */
function reportVanishingDropIns({ files, versions }: NodeConfiguration, report: Report): void {
  const affected = versionsWhere('mergesBeforeMigration', versions);
  if (affected.length === 0 || affected.length === versions.length || mergedVersion(files) >= 3) return;
  const withNewIds = files.filter((file) => runtimesUnder(file, runtimePlugin) !== undefined);
  for (const file of files) {
    const lost = runtimesUnder(file, criPlugin);
    const winner = withNewIds.find((candidate) => candidate !== file);
    if (lost === undefined || winner === undefined || withNewIds.includes(file)) continue;
    const message = `${listVersions(affected)} ${verbFor(affected, 'ignores', 'ignore')} the ${listNames('runtime', [...lost.entries.keys()])}: runtimes under the ids of version 3 in ${winner.at.file} win.`;
    report(importFinding('VersionsMixed', lost.at, message));
  }
}

function runtimesUnder(file: LocatedTable, id: string): LocatedTable | undefined {
  return tableAt(tableField(file, 'plugins'), id, 'containerd', 'runtimes');
}

/** 1.x: the last file that says anything of CRI is the only one that counts. */
function reportReplacingDropIns({ files, versions }: NodeConfiguration, report: Report): void {
  const affected = versionsWhere('dropInReplacesPlugin', versions);
  if (affected.length === 0) return;
  const id = replacedVersion(files) >= 2 ? criPlugin : shortName;
  const tables = files.flatMap((file) => tableAt(tableField(file, 'plugins'), id) ?? []);
  const winner = tables.at(-1);
  const losers = tables.slice(0, -1).filter((table) => !isZero(table));
  const [first] = losers;
  if (winner === undefined || first === undefined) return;
  const names = losers.flatMap((table) => [...(tableAt(table, 'containerd', 'runtimes')?.entries.keys() ?? [])]);
  const what = names.length === 0 ? '' : `, with the ${listNames('runtime', names)}`;
  const message = `${listVersions(affected)} ${verbFor(affected, 'forgets', 'forget')} what ${first.at.file}:${first.at.line} says of CRI${what}: this table takes its place.`;
  report(importFinding('DropInReplacesTable', winner.at, message));
}

/** 1.x: a file that names runtimes has those alone, so that the default runc can be gone. */
function reportMissingRunc(configuration: NodeConfiguration, report: Report): void {
  const { files, versions, source, defaultRuntime } = configuration;
  const affected = versionsWhere('namedRuntimesReplaceRunc', versions);
  if (defaultRuntime === undefined || affected.length === 0 || affected.length === versions.length) return;
  const read = readConfigurationAs('drop-ins replace plugins', files, versions, source, () => undefined);
  if (read.defaultRuntime !== undefined) return;
  const section = tableField(read.runtimePart, 'containerd');
  const message = `With ${listVersions(affected)} there is no runtime ${quote(defaultRuntime.value)}, which is the default: files that name runtimes have those alone there, and CRI does not load.`;
  const fix = `Add the runtime ${defaultRuntime.value}, or set default_runtime_name to one that is there.`;
  report(importFinding('DefaultRuntimeMissing', section?.at ?? startOf(source), message, fix, 'warning'));
}

/** What containerd listens at where nothing is said. Source: containerd, defaults/defaults_unix.go, DefaultAddress. */
const defaultSocket = '/run/containerd/containerd.sock';

function reportIgnoredSocket(file: LocatedTable, report: Report): void {
  if (versionOf(file) < 4) return;
  const grpc = tableField(file, 'grpc');
  const address = grpc === undefined ? undefined : structField(grpc, 'address');
  const isSaidRight = tableAt(tableField(file, 'plugins'), 'io.containerd.server.v1.grpc')?.entries.has('address');
  if (address?.kind !== 'string' || ['', defaultSocket].includes(address.value) || isSaidRight === true) return;
  const message = `In a file of version 4 containerd ignores [grpc] address: it listens at ${defaultSocket}, and not at ${quote(address.value)}.`;
  report(importFinding('SocketIgnored', address.at, message));
}
