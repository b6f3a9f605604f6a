import { quote } from '../../finding/quote.ts';
import { checkContainerdFile } from './check-containerd-file.ts';
import {
  checkFields,
  checkKind,
  containerdFields,
  imagePlatformFields,
  imagesPluginFields,
  runtimeFields,
  runtimePluginFields,
} from './containerd-fields.ts';
import { criPlugin, imagesPlugin, migratePlugins, runtimePlugin } from './containerd-migration.ts';
import { defaultRuntimes } from './default-runtimes.ts';
import { structField } from './go-decoding.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { startOf, tableAt, type LocatedTable, type LocatedValue } from '../../text/located-value.ts';
import { reportLostTables, reportReplaced } from './lost-settings.ts';
import { mergeTables } from './merge-tables.ts';
import { systemDefaults, systemOf, type NodeSystem } from './node-system.ts';
import { listOf, textOf, type Located, type NodeRuntime, type NodeRuntimes } from '../node-runtimes.ts';
import { reportNotCarriedOver } from '../not-carried-over.ts';
import { reportDisabledCri } from './disabled-plugins.ts';

/**
 * The runtimes that containerd has with a configuration and all that it imports.
 *
 * @param tables the files in the order in which containerd merges them
 * @param source what the node is called
 */
export function containerdRuntimes(tables: readonly LocatedTable[], source: string, report: Report): NodeRuntimes {
  for (const table of tables) checkContainerdFile(table, report);
  reportDisabledCri(tables, report);
  const none: LocatedTable = { kind: 'table', at: startOf(source), entries: new Map() };
  let plugins = none;
  for (const table of tables) {
    const migrated = migratePlugins(table, report);
    if (migrated === undefined) continue;
    plugins = mergeTables(plugins, migrated, (path, before, after) => {
      reportReplaced(path, before, after, report);
    });
  }
  for (const id of [runtimePlugin, imagesPlugin, criPlugin]) {
    const part = plugins.entries.get(id);
    if (part !== undefined) checkKind(part, 'table', `The plugin ${quote(id)}`, report);
  }
  reportLostTables(plugins, report);
  return decodeRuntimes(
    tableAt(plugins, runtimePlugin) ?? none,
    tableAt(plugins, imagesPlugin) ?? none,
    source,
    systemOf(tables),
    report,
  );
}

function decodeRuntimes(
  runtimePart: LocatedTable,
  imagesPart: LocatedTable,
  source: string,
  system: NodeSystem,
  report: Report,
): NodeRuntimes {
  checkFields(runtimePart, runtimePluginFields, `plugins.${quote(runtimePlugin)}`, report);
  checkFields(imagesPart, imagesPluginFields, `plugins.${quote(imagesPlugin)}`, report, 'ignored');
  const section = tableField(runtimePart, 'containerd');
  if (section !== undefined) checkFields(section, containerdFields, 'the section containerd', report);
  const given = section === undefined ? undefined : tableField(section, 'runtimes');
  const runtimes = new Map<string, NodeRuntime>();
  const snapshotters = snapshottersOf(imagesPart, systemDefaults[system].snapshotter, report);
  // The runtime runc is always there; what files say of it is laid over its defaults.
  const overlay = [...(given?.entries ?? [])].map(([name, table]): [string, LocatedValue] => {
    if (table.kind === 'table') checkFields(table, runtimeFields, `runtime ${quote(name)}`, report);
    return [name, table.kind === 'table' ? inStructCase(table) : table];
  });
  const all = mergeTables(defaultRuntimes(startOf(source), system), { ...runtimePart, entries: new Map(overlay) });
  for (const [name, table] of all.entries) {
    if (table.kind === 'table') runtimes.set(name, decodeRuntime(name, table, snapshotters, report));
  }
  const defaultRuntime = defaultRuntimeOf(
    section,
    runtimes,
    { value: systemDefaults[system].runtimeName, at: startOf(source) },
    report,
  );
  return { source, kind: 'containerd', runtimes, ...(defaultRuntime !== undefined && { defaultRuntime }) };
}

type Snapshotters = {
  /** What containerd has where nothing is said. */
  readonly unsaid: string;
  readonly general: Located<string> | undefined;
  readonly forImages: (name: string) => Located<string> | undefined;
};

function snapshottersOf(imagesPart: LocatedTable, unsaid: string, report: Report): Snapshotters {
  const said = structField(imagesPart, 'snapshotter');
  const general = textOf(said);
  if (said?.kind === 'string' && said.value === '')
    report(
      importFinding('SnapshotterUnset', said.at, "The snapshotter is empty: containerd's CRI plugin does not load."),
    );
  const platforms = tableField(imagesPart, 'runtime_platforms');
  for (const [name, table] of platforms?.entries ?? [])
    if (table.kind === 'table') checkFields(table, imagePlatformFields, `runtime_platforms of ${quote(name)}`, report);
  return {
    unsaid,
    general: general === undefined || general.value === unsaid ? undefined : general,
    forImages: (name) => {
      const platform = platforms?.entries.get(name);
      if (platform?.kind !== 'table') return undefined;
      return textOf(structField(platform, 'snapshotter')) ?? { value: general?.value ?? unsaid, at: platform.at };
    },
  };
}

/** @param table with the keys as the struct has them */
function decodeRuntime(name: string, table: LocatedTable, snapshotters: Snapshotters, report: Report): NodeRuntime {
  const snapshotter = textOf(table.entries.get('snapshotter')) ?? snapshotters.general;
  const forImages = snapshotters.forImages(name);
  if (forImages !== undefined && forImages.value !== (snapshotter?.value ?? snapshotters.unsaid)) {
    const message = `Images of runtime ${quote(name)} are pulled into the snapshotter ${quote(forImages.value)}, and its containers are made from ${quote(snapshotter?.value ?? snapshotters.unsaid)}.`;
    report(importFinding('SnapshotterConflict', forImages.at, message));
  }
  const runtimeType = textOf(table.entries.get('runtime_type'));
  const runtimePath = textOf(table.entries.get('runtime_path'));
  const options = tableAt(table, 'options');
  const podAnnotations = listOf(table.entries.get('pod_annotations'));
  reportNotCarriedOver(name, table, notCarriedOver, report);
  return {
    at: table.at,
    ...(runtimeType !== undefined && { runtimeType }),
    ...(runtimePath !== undefined && { runtimePath }),
    ...(options !== undefined && { options }),
    ...(snapshotter !== undefined && { snapshotter }),
    ...(podAnnotations !== undefined && { podAnnotations }),
  };
}

const carriedOver: ReadonlySet<string> = new Set([
  'runtime_type',
  'runtime_path',
  'options',
  'snapshotter',
  'pod_annotations',
]);

const notCarriedOver = [...runtimeFields.keys()].filter((key) => !carriedOver.has(key));

function defaultRuntimeOf(
  section: LocatedTable | undefined,
  runtimes: ReadonlyMap<string, NodeRuntime>,
  unsaid: Located<string>,
  report: Report,
): Located<string> | undefined {
  const said = section === undefined ? undefined : structField(section, 'default_runtime_name');
  if (said === undefined) return unsaid;
  if (said.kind === 'string' && runtimes.has(said.value)) return { value: said.value, at: said.at };
  if (said.kind === 'string') {
    const message = `No runtime is called ${quote(said.value)}, which default_runtime_name names: containerd's CRI plugin does not load.`;
    report(importFinding('DefaultRuntimeMissing', said.at, message));
  }
  return undefined;
}

/** A runtime's table with the keys as the struct has them, so that the defaults of runc can be laid under it. */
function inStructCase(table: LocatedTable): LocatedTable {
  const fields = [...runtimeFields.keys()].flatMap((name): (readonly [string, LocatedValue])[] => {
    const value = structField(table, name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...table, entries: new Map(fields) };
}

function tableField(table: LocatedTable, name: string): LocatedTable | undefined {
  const value = structField(table, name);
  return value?.kind === 'table' ? value : undefined;
}
