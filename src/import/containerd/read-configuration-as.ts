import type { ContainerdVersion } from '../../shim/containerd-version.ts';
import { quote } from '../../finding/quote.ts';
import { startOf, tableAt, type LocatedTable, type LocatedValue } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import type { Located } from '../node-runtimes.ts';
import { reportAlike, type AboutRuntime } from '../report-alike.ts';
import { checkFields, checkKind } from './check-fields.ts';
import {
  containerdFields,
  imagePlatformFields,
  imagesPluginFields,
  runtimeFields,
  runtimePluginFields,
} from './containerd-fields.ts';
import { criPlugin, imagesPlugin, runtimePlugin } from './containerd-migration.ts';
import { defaultRuntimes } from './default-runtimes.ts';
import { structField, type Fields } from './go-decoding.ts';
import { reportLostTables } from './lost-settings.ts';
import { withImageKeysOfVersions, withKeysOfVersions } from './keys-of-versions.ts';
import type { Manner } from './manner.ts';
import { mergeFiles } from './merge-files.ts';
import { mergeTables } from './merge-tables.ts';
import type { NodeConfiguration } from './node-configuration.ts';
import { systemDefaults, systemOf } from './node-system.ts';

/** Reads files as containerds of one manner do; what is wrong with tables and keys by themselves is reported. */
export function readConfigurationAs(
  manner: Manner,
  files: readonly LocatedTable[],
  versions: readonly ContainerdVersion[],
  source: string,
  report: Report,
): NodeConfiguration {
  const none: LocatedTable = { kind: 'table', at: startOf(source), entries: new Map() };
  const system = systemOf(files);
  const plugins = mergeFiles(files, manner, none, report);
  for (const id of [runtimePlugin, imagesPlugin, criPlugin]) {
    const part = plugins.entries.get(id);
    if (part !== undefined) checkKind(part, 'table', `The plugin ${quote(id)}`, report);
  }
  reportLostTables(plugins, manner, report);
  const runtimePart = tableAt(plugins, runtimePlugin) ?? none;
  const saidOfImages = tableAt(plugins, imagesPlugin) ?? none;
  checkFields(runtimePart, runtimePluginFields, `plugins.${quote(runtimePlugin)}`, report);
  checkFields(saidOfImages, imagesPluginFields, `plugins.${quote(imagesPlugin)}`, report);
  checkPlatforms(saidOfImages, report);
  const images = withImageKeysOfVersions(saidOfImages, versions, report);
  const section = tableField(runtimePart, 'containerd');
  if (section !== undefined) checkFields(section, containerdFields, 'the section containerd', report);
  const runtimes = withKeysOfVersions(
    runtimesOf(section, manner, defaultRuntimes(startOf(source), system, manner), report),
    versions,
    report,
  );
  const defaultRuntime = defaultOf(section, runtimes, manner, {
    value: systemDefaults[system].runtimeName,
    at: startOf(source),
  });
  return { source, files, system, versions, plugins, runtimePart, images, runtimes, defaultRuntime };
}

function checkPlatforms(images: LocatedTable, report: Report): void {
  for (const [name, table] of tableField(images, 'runtime_platforms')?.entries ?? [])
    if (table.kind === 'table') checkFields(table, imagePlatformFields, `runtime_platforms of ${quote(name)}`, report);
}

/** From 2.0 on runc is always there, and what files say of it is laid over its defaults; 1.x has what files name, if they name any. */
function runtimesOf(
  section: LocatedTable | undefined,
  manner: Manner,
  defaults: LocatedTable,
  report: Report,
): ReadonlyMap<string, LocatedTable> {
  const given = section === undefined ? undefined : tableField(section, 'runtimes');
  const isFirst = manner === 'drop-ins replace plugins';
  const said: AboutRuntime[] = [];
  const overlay = [...(given?.entries ?? []), ...(isFirst ? formerRuntimes(section) : [])].map(
    ([name, table]): [string, LocatedValue] => {
      if (table.kind !== 'table') return [name, table];
      const fields = isFirst ? firstRuntimeFields : runtimeFields;
      checkFields(table, fields, `runtime ${quote(name)}`, (problem) => said.push({ name, problem }));
      return [name, inStructCase(table)];
    },
  );
  reportAlike(said, report);
  const named: LocatedTable = { kind: 'table', at: defaults.at, entries: new Map(overlay) };
  const all = isFirst && given !== undefined ? named : mergeTables(defaults, named);
  return new Map([...all.entries].flatMap(([name, table]) => (table.kind === 'table' ? [[name, table]] : [])));
}

/** Source: containerd 1.7, pkg/cri/config/config.go, ValidatePluginConfig. */
const formerTables: ReadonlyMap<string, string> = new Map([
  ['untrusted_workload_runtime', 'untrusted'],
  ['default_runtime', 'default'],
]);

function formerRuntimes(section: LocatedTable | undefined): readonly [string, LocatedValue][] {
  return [...formerTables].flatMap(([key, name]): [string, LocatedValue][] => {
    const table = section === undefined ? undefined : tableField(section, key);
    const type = table === undefined ? undefined : structField(table, 'runtime_type');
    return table !== undefined && type?.kind === 'string' && type.value !== '' ? [[name, table]] : [];
  });
}

/** The default that is said, or what containerd has on the node's system; undefined where the table has none of that name. */
function defaultOf(
  section: LocatedTable | undefined,
  runtimes: ReadonlyMap<string, LocatedTable>,
  manner: Manner,
  unsaid: Located<string>,
): Located<string> | undefined {
  const said = section === undefined ? undefined : structField(section, 'default_runtime_name');
  const former = manner === 'drop-ins replace plugins' ? formerRuntimes(section) : [];
  const formerDefault = former.find(([name]) => name === 'default')?.[1];
  if (formerDefault !== undefined) return { value: 'default', at: formerDefault.at };
  if (said !== undefined && said.kind !== 'string') return undefined;
  const { value, at } = said ?? unsaid;
  return runtimes.has(value) ? { value, at } : undefined;
}

/** Reports a default that names no runtime, by which CRI does not load. */
export function reportMissingDefault(
  { runtimePart, defaultRuntime, runtimes, source }: NodeConfiguration,
  report: Report,
): void {
  if (defaultRuntime !== undefined) return;
  const section = tableField(runtimePart, 'containerd');
  const said = section === undefined ? undefined : structField(section, 'default_runtime_name');
  if (said === undefined) {
    const message = `The files name ${runtimes.size === 1 ? 'a runtime' : `${runtimes.size} runtimes`}, and not runc, which is the default: containerd 1.x then has none of that name, and its CRI plugin does not load.`;
    const fix = 'Add the runtime runc, or set default_runtime_name.';
    report(importFinding('DefaultRuntimeMissing', section?.at ?? startOf(source), message, fix));
  } else if (said.kind === 'string') {
    const message = `No runtime is called ${quote(said.value)}, which default_runtime_name names: containerd's CRI plugin does not load.`;
    report(importFinding('DefaultRuntimeMissing', said.at, message));
  }
}

/** A runtime's table with the keys as the struct has them, so that the defaults of runc can be laid under it. */
function inStructCase(table: LocatedTable): LocatedTable {
  const fields = [...runtimeFields.keys(), ...formerRuntimeKeys].flatMap(
    (name): (readonly [string, LocatedValue])[] => {
      const value = structField(table, name);
      return value === undefined ? [] : [[name, value]];
    },
  );
  return { ...table, entries: new Map(fields) };
}

const firstRuntimeFields: Fields = new Map([...runtimeFields, ['sandbox_mode', 'string'] as const]);

/** Keys of 1.x that checks look at. */
const formerRuntimeKeys: readonly string[] = ['sandbox_mode', 'runtime_engine', 'runtime_root'];

/** A table in a field of containerd's structs. */
export function tableField(table: LocatedTable, name: string): LocatedTable | undefined {
  const value = structField(table, name);
  return value?.kind === 'table' ? value : undefined;
}
