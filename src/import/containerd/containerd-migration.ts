import { quote } from '../../finding/quote.ts';
import { structField } from './go-decoding.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { listNames } from '../../finding/list-names.ts';
import { tableAt, withEntries, type LocatedTable, type LocatedValue } from '../../text/located-value.ts';

export const criPlugin = 'io.containerd.grpc.v1.cri';
export const runtimePlugin = 'io.containerd.cri.v1.runtime';
export const imagesPlugin = 'io.containerd.cri.v1.images';

/** The version of today's containerd; it refuses a later one. Source: containerd, version/version.go, ConfigVersion. */
export const currentVersion = 4;

/** Of the section `containerd`. Source: plugins/cri/images/plugin.go, migrateConfig. */
export const movedToImages: ReadonlySet<string> = new Set([
  'snapshotter',
  'disable_snapshot_annotations',
  'discard_unpacked_layers',
]);

/** Of the plugin itself; what the old id says replaces what the new one does. Source: the same. */
export const movedFromPlugin: ReadonlySet<string> = new Set([
  'registry',
  'image_decryption',
  'max_concurrent_downloads',
  'image_pull_progress_timeout',
  'image_pull_with_sync_fs',
  'stats_collect_period',
]);

/** Of CRI's server, which kept the old id. Source: containerd, internal/cri/config/config.go, ServerConfig. */
export const serverKeys: ReadonlySet<string> = new Set([
  'disable_tcp_service',
  'stream_server_address',
  'stream_server_port',
  'stream_idle_timeout',
  'enable_tls_streaming',
  'x509_key_pair_streaming',
]);

/** What does not become the runtime plugin's as it is. Source: plugins/cri/runtime/plugin.go, migrateConfig. */
const notForRuntime: ReadonlySet<string> = new Set([
  'cni',
  'containerd',
  'sandbox_image',
  'enable_cdi',
  ...movedFromPlugin,
  ...serverKeys,
]);

/** The plugins of version 1 by their short names, as far as they concern CRI: a name with a dot stays what it is. */
export const shortName = 'cri';

/** Whether some version of containerd reads runtimes under an id. */
export function isPluginOfRuntimes(id: string): boolean {
  return id === criPlugin || id === runtimePlugin || id === shortName;
}

/** The version that a file says; one that says none is treated as version 0, and migrated as version 1. */
export function versionOf(file: LocatedTable): number {
  const version = structField(file, 'version');
  return version?.kind === 'integer' ? Number(version.value) : 0;
}

/**
 * The `plugins` of one file as containerd 2.4 sees them, once it has migrated the file to version 4. Each file, imported
 * or not, is migrated by its own version, before it is merged.
 *
 * What vanishes on the way is reported: where a file has a table under two plugin ids, one of them is ignored.
 *
 * Source: containerd, cmd/containerd/server/config/config.go, v1Migrate; plugins/cri/runtime/plugin.go,
 * plugins/cri/images/plugin.go and plugins/cri/cri.go, configMigration.
 */
export function migratePlugins(file: LocatedTable, report: Report): LocatedTable | undefined {
  const found = structField(file, 'plugins');
  if (found?.kind !== 'table') return undefined;
  const version = versionOf(file);
  if (version >= currentVersion) return found;
  let plugins = found;
  // Without a version, what stands under the full plugin id is migrated before short names are even looked at.
  if (version === 0) plugins = migrateCri(plugins, report);
  if (version <= 1) plugins = renameShortNames(plugins, report);
  return migrateCri(plugins, report);
}

/** Gives the CRI plugin of version 1 its full id. */
export function renameShortNames(plugins: LocatedTable, report: Report): LocatedTable {
  const cri = plugins.entries.get(shortName);
  if (cri === undefined) return plugins;
  const full = plugins.entries.get(criPlugin);
  if (full !== undefined) {
    const message = `This file of version 1 has the tables ${quote(shortName)} and ${quote(criPlugin)}, which are one to containerd: it keeps either, by chance, and the other vanishes.`;
    report(importFinding('PluginTableIgnored', cri.at, message, 'Keep one of the two tables.'));
    return withEntries(plugins, new Map([[shortName, undefined]]));
  }
  return withEntries(
    plugins,
    new Map([
      [shortName, undefined],
      [criPlugin, cri],
    ]),
  );
}

/**
 * Takes what stands under the id of version 2 over to those of version 3.
 *
 * @param modes whether `sandbox_mode` becomes `sandboxer`, as 2.x has it, or stays what it is to 1.7
 */
export function migrateCri(plugins: LocatedTable, report: Report, modes: 'renamed' | 'kept' = 'renamed'): LocatedTable {
  const source = tableAt(plugins, criPlugin);
  if (source === undefined) return plugins;
  const images = migrateImages(source, tableAt(plugins, imagesPlugin), report);
  const runtime = migrateRuntime(source, tableAt(plugins, runtimePlugin), modes, report);
  return withEntries(
    plugins,
    new Map([
      // What is left under the old id concerns the CRI server alone.
      [criPlugin, { ...source, entries: new Map() }],
      [imagesPlugin, images],
      [runtimePlugin, runtime],
    ]),
  );
}

/** What the new id has wins; of the section `containerd`, key by key, so that `runtimes` is taken whole or not at all. */
function migrateRuntime(
  source: LocatedTable,
  target: LocatedTable | undefined,
  modes: 'renamed' | 'kept',
  report: Report,
): LocatedTable {
  const entries = new Map(target?.entries);
  for (const [key, value] of source.entries) if (!notForRuntime.has(key) && !entries.has(key)) entries.set(key, value);
  const old = source.entries.get('containerd');
  if (old?.kind === 'table') {
    const current = entries.get('containerd');
    const section = new Map(current?.kind === 'table' ? current.entries : []);
    for (const [key, value] of old.entries) {
      if (movedToImages.has(key)) continue;
      const winner = section.get(key);
      if (winner === undefined) section.set(key, value);
      else if (winner !== value) reportVanished(key, value, winner, report);
    }
    if (modes === 'renamed') renameSandboxModes(section);
    entries.set('containerd', { kind: 'table', at: current?.at ?? old.at, entries: section });
  }
  return { kind: 'table', at: target?.at ?? source.at, entries };
}

function reportVanished(key: string, value: LocatedValue, winner: LocatedValue, report: Report): void {
  const where = `${winner.at.file}:${winner.at.line}`;
  const fix = `Move it to plugins.${JSON.stringify(runtimePlugin)}, and remove the table ${JSON.stringify(criPlugin)}.`;
  if (key === 'runtimes' && value.kind === 'table') {
    const [first] = value.entries.values();
    if (first === undefined) return;
    const message = `containerd ignores the ${listNames('runtime', [...value.entries.keys()])}: with runtimes under ${quote(runtimePlugin)} (${where}), those under ${quote(criPlugin)} vanish.`;
    report(importFinding('PluginTableIgnored', first.at, message, fix));
    return;
  }
  const message = `containerd ignores this ${key}: what ${quote(runtimePlugin)} says (${where}) wins.`;
  report(importFinding('PluginTableIgnored', value.at, message, fix));
}

/** `sandbox_mode` of containerd 1.7 became `sandboxer`. */
function renameSandboxModes(section: Map<string, LocatedValue>): void {
  const runtimes = section.get('runtimes');
  if (runtimes?.kind !== 'table') return;
  const renamed = [...runtimes.entries].map(([name, runtime]): [string, LocatedValue] => {
    if (runtime.kind !== 'table') return [name, runtime];
    const mode = runtime.entries.get('sandbox_mode');
    if (mode === undefined || runtime.entries.has('sandboxer')) return [name, runtime];
    return [
      name,
      withEntries(
        runtime,
        new Map([
          ['sandbox_mode', undefined],
          ['sandboxer', mode],
        ]),
      ),
    ];
  });
  section.set('runtimes', withEntries(runtimes, new Map(renamed)));
}

/** The other way about: what the old id says of snapshotters replaces what the new one says. */
function migrateImages(source: LocatedTable, target: LocatedTable | undefined, report: Report): LocatedTable {
  const entries = new Map(target?.entries);
  for (const key of movedFromPlugin) {
    const value = source.entries.get(key);
    if (value !== undefined) entries.set(key, value);
  }
  const section = tableAt(source, 'containerd');
  for (const key of movedToImages) {
    const value = section?.entries.get(key);
    if (value === undefined) continue;
    // The migration returns early there: what a section without runtimes says of snapshotters is lost.
    if (section?.entries.has('runtimes') !== true) {
      const message = `containerd ignores this ${key}: it takes it over from ${quote(criPlugin)} only where the same file has runtimes there.`;
      const fix = `Move it to plugins.${JSON.stringify(imagesPlugin)}, or add the table containerd.runtimes beside it.`;
      report(importFinding('PluginTableIgnored', value.at, message, fix));
      continue;
    }
    const loser = entries.get(key);
    if (loser !== undefined) {
      const message = `containerd ignores this ${key}: what ${quote(criPlugin)} says (${value.at.file}:${value.at.line}) replaces it.`;
      report(importFinding('PluginTableIgnored', loser.at, message, `Remove the table ${JSON.stringify(criPlugin)}.`));
    }
    entries.set(key, value);
  }
  return { kind: 'table', at: target?.at ?? source.at, entries };
}
