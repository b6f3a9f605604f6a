import { tableAt, withEntries, type LocatedTable, type LocatedValue } from '../../text/located-value.ts';
import type { Report } from '../import-finding.ts';
import {
  criPlugin,
  imagesPlugin,
  migrateCri,
  migratePlugins,
  movedFromPlugin,
  movedToImages,
  renameShortNames,
  runtimePlugin,
  shortName,
  versionOf,
} from './containerd-migration.ts';
import { structField } from './go-decoding.ts';
import { withKeysThatCount } from './letter-case.ts';
import { reportReplaced } from './lost-settings.ts';
import type { Manner } from './manner.ts';
import { mergeTables } from './merge-tables.ts';

/**
 * The plugins of a configuration and its drop-ins, as a containerd of this manner has them: what concerns CRI stands
 * under the ids of version 3, whatever ids the version itself uses.
 *
 * @param files in the order in which containerd merges them
 */
export function mergeFiles(
  files: readonly LocatedTable[],
  manner: Manner,
  none: LocatedTable,
  report: Report,
): LocatedTable {
  switch (manner) {
    case 'each file is migrated':
      return mergeMigrated(files, none, report);
    case 'merged before migration':
      return migrateMerged(files, none, report);
    case 'drop-ins replace plugins':
      return splitCri(replaceByDropIns(files, none), report);
  }
}

/** The version of the format that containerd 2.0 to 2.2 knows. */
const versionOfMerged = 3;

/** The version by which 2.0 to 2.2 migrate what they merged: a file of version 1 or none takes that of what came before. */
export function mergedVersion(files: readonly LocatedTable[]): number {
  return files.reduce((before, file) => (versionOf(file) <= 1 ? before : versionOf(file)), versionOfMerged);
}

/** The version by which 1.x reads all files: what the last one that says any says. */
export function replacedVersion(files: readonly LocatedTable[]): number {
  return files.reduce((before, file) => (versionOf(file) === 0 ? before : versionOf(file)), 1);
}

function mergeMigrated(files: readonly LocatedTable[], none: LocatedTable, report: Report): LocatedTable {
  return mergeAll(
    files.map((file) => migratePlugins(file, report)),
    none,
    report,
  );
}

/** Source: containerd 2.2, cmd/containerd/server/config/config.go, LoadConfig; server.go, New. */
function migrateMerged(files: readonly LocatedTable[], none: LocatedTable, report: Report): LocatedTable {
  const parts = files.map((file) => {
    const plugins = pluginsOf(file);
    return plugins !== undefined && versionOf(file) <= 1 ? renameShortNames(plugins, report) : plugins;
  });
  const merged = mergeAll(parts, none, report);
  return mergedVersion(files) < versionOfMerged ? migrateCri(merged, report) : merged;
}

function mergeAll(parts: readonly (LocatedTable | undefined)[], none: LocatedTable, report: Report): LocatedTable {
  let plugins = none;
  for (const part of parts) {
    if (part === undefined) continue;
    plugins = mergeTables(plugins, part, (path, before, after) => {
      reportReplaced(path, before, after, report);
    });
  }
  return plugins;
}

/**
 * Each table of a plugin counts as the last file has it, under the id of the last version that a file says.
 *
 * Source: containerd 1.7, services/server/config/config.go, mergeConfig and Decode.
 */
function replaceByDropIns(files: readonly LocatedTable[], none: LocatedTable): LocatedTable {
  const entries = files.flatMap((file) => [...(pluginsOf(file)?.entries ?? [])]);
  const plugins = { ...none, entries: new Map(entries) };
  const cri = plugins.entries.get(replacedVersion(files) >= 2 ? criPlugin : shortName);
  return withEntries(
    plugins,
    new Map([
      [shortName, undefined],
      [runtimePlugin, undefined],
      [imagesPlugin, undefined],
      [criPlugin, cri],
    ]),
  );
}

/** 1.x has one CRI plugin; here its settings about images stand apart, as they do from 2.0 on. */
function splitCri(plugins: LocatedTable, report: Report): LocatedTable {
  const found = tableAt(plugins, criPlugin);
  if (found === undefined) return plugins;
  const cri = withKeysThatCount(found, report);
  const section = tableAt(cri, 'containerd');
  const images = new Map<string, LocatedValue>([
    ...pick(cri, movedFromPlugin),
    ...(section === undefined ? [] : pick(section, movedToImages)),
  ]);
  const migrated = migrateCri(withEntries(plugins, new Map([[criPlugin, cri]])), silent(report), 'kept');
  return withEntries(migrated, new Map([[imagesPlugin, { ...cri, entries: images }]]));
}

/** What the migration of 2.x would lose, 1.x keeps. */
function silent(report: Report): Report {
  return ({ code, ...rest }) => {
    if (code !== 'PluginTableIgnored') report({ code, ...rest });
  };
}

function pick(table: LocatedTable, keys: ReadonlySet<string>): readonly [string, LocatedValue][] {
  return [...table.entries].filter(([key]) => keys.has(key));
}

function pluginsOf(file: LocatedTable): LocatedTable | undefined {
  const plugins = structField(file, 'plugins');
  return plugins?.kind === 'table' ? plugins : undefined;
}
