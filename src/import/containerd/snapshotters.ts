import { versionsWhere } from '../../shim/containerd-facts.ts';
import { listVersions, type VersionRange, isInRange, type ContainerdVersion } from '../../shim/containerd-version.ts';
import { quote } from '../../finding/quote.ts';
import type { LocatedTable } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { listNames } from '../../finding/list-names.ts';
import { textOf, type Located } from '../node-runtimes.ts';
import { declaredPlugins, disabledPlugins, snapshotterId, snapshotterTable } from './declared-plugins.ts';
import { isZero, structField } from './go-decoding.ts';
import type { NodeConfiguration } from './node-configuration.ts';
import { unpackConfigOf } from './pull-settings.ts';
import { tableField } from './read-configuration-as.ts';

/**
 * Snapshotters that containerd has without a word, and since or until when. Whether the file system for btrfs and zfs is
 * there cannot be told from files.
 *
 * Source: containerd, cmd/containerd/builtins.
 */
const builtInSnapshotters: ReadonlyMap<string, VersionRange> = new Map<string, VersionRange>([
  ['overlayfs', {}],
  ['native', {}],
  ['btrfs', {}],
  ['zfs', {}],
  ['erofs', { from: '2.1' }],
  ['aufs', { until: '1.7' }],
  ['windows', {}],
  ['windows-lcow', {}],
  ['cimfs', { from: '2.0' }],
  ['blockcim', { from: '2.1' }],
]);

/** These are built in, and pass when their table lacks the key. Source: plugins/snapshots/devmapper and blockfile, plugin. */
const configuredSnapshotters: ReadonlyMap<string, readonly string[]> = new Map([
  ['devmapper', ['pool_name']],
  ['blockfile', ['scratch_file', 'recreate_scratch', 'root_path']],
]);

/** What the containerd of k3s and RKE2 has besides. Source: k3s, pkg/containerd/builtins_linux.go. */
const snapshottersOfRancher: readonly string[] = ['fuse-overlayfs', 'stargz'];

/**
 * Reports snapshotters that nothing declares: of all images, of the transfer service, of runtimes.
 *
 * @returns their names: what else is wrong with them need not be said
 */
export function reportMissingSnapshotters(configuration: NodeConfiguration, report: Report): ReadonlySet<string> {
  const missing = new Set<string>();
  const { images, versions } = configuration;
  const said = structField(images, 'snapshotter');
  if (said?.kind === 'string' && said.value === '')
    report(
      importFinding('SnapshotterUnset', said.at, "The snapshotter is empty: containerd's CRI plugin does not load."),
    );
  const general = textOf(said);
  if (general !== undefined) {
    const reason = reasonOfAbsence(general.value, configuration);
    if (reason !== undefined) {
      missing.add(general.value);
      const message = `The snapshotter of all images is ${quote(general.value)}, and ${reason.text}: containerd's CRI plugin does not load.`;
      report(importFinding('SnapshotterMissing', general.at, message, reason.fix));
    }
  }
  for (const { snapshotter, isOptional } of unpackConfigOf(configuration) ?? []) {
    const affected = versionsWhere('needsUnpackSnapshotters', versions);
    const reason = reasonOfAbsence(snapshotter.value, configuration);
    if (isOptional || reason === undefined || affected.length === 0) continue;
    const isSure = affected.length === versions.length;
    const who = isSure ? "containerd's CRI plugin" : `the CRI plugin of ${listVersions(affected)}`;
    const message = `unpack_config names the snapshotter ${quote(snapshotter.value)}, and ${reason.text}: ${who} does not load.`;
    report(importFinding('SnapshotterMissing', snapshotter.at, message, reason.fix, isSure ? undefined : 'warning'));
  }
  for (const name of reportThoseOfRuntimes(configuration, general, report)) missing.add(name);
  return missing;
}

/** Once for each snapshotter, whether runtimes have it for their containers, for their images, or for both. */
function reportThoseOfRuntimes(
  configuration: NodeConfiguration,
  general: Located<string> | undefined,
  report: Report,
): readonly string[] {
  const { images, runtimes } = configuration;
  const ofRuntimes = [...runtimes].map(([name, table]) => ({
    name,
    // Without a type it is left out, which is said.
    found: table.entries.has('runtime_type') ? textOf(table.entries.get('snapshotter')) : undefined,
  }));
  const ofPlatforms = [...(tableField(images, 'runtime_platforms')?.entries ?? [])].map(([name, table]) => ({
    name,
    found: table.kind === 'table' ? textOf(structField(table, 'snapshotter')) : undefined,
  }));
  const missing: string[] = [];
  const all = [...ofRuntimes, ...ofPlatforms].flatMap(({ name, found }) =>
    found === undefined || found.value === general?.value ? [] : [{ name, found }],
  );
  for (const [snapshotter, those] of Map.groupBy(all, ({ found }) => found.value)) {
    const reason = reasonOfAbsence(snapshotter, configuration);
    const [first] = those;
    if (reason === undefined || first === undefined) continue;
    missing.push(snapshotter);
    const names = [...new Set(those.map(({ name }) => name))];
    const message = `No pod of the ${listNames('runtime', names)} starts: the snapshotter is ${quote(snapshotter)}, and ${reason.text}.`;
    report(importFinding('RuntimeSnapshotterMissing', first.found.at, message, reason.fix));
  }
  return missing;
}

type Absence = { readonly text: string; readonly fix: string | undefined };

/** Why a snapshotter is not there; undefined where it is, or may be. */
function reasonOfAbsence(name: string, configuration: NodeConfiguration): Absence | undefined {
  const { files, plugins, versions } = configuration;
  if (disabledPlugins(files).has(snapshotterId(name)))
    return { text: 'disabled_plugins has it', fix: 'Remove it from disabled_plugins, or name another snapshotter.' };
  const needed = configuredSnapshotters.get(name);
  if (needed !== undefined) {
    const table = snapshotterTable(plugins, name);
    const isConfigured = needed.some((key) => isSet(table, key));
    if (isConfigured) return undefined;
    const id = JSON.stringify(snapshotterId(name));
    return {
      text: `it is not configured, so that containerd leaves it out`,
      fix: `Set ${needed[0] ?? ''} under plugins.${id}, or name another snapshotter.`,
    };
  }
  if (declaredPlugins(configuration, 'snapshot').has(name)) return undefined;
  if (snapshottersOfRancher.includes(name) && isOfRancher(configuration)) return undefined;
  const range = builtInSnapshotters.get(name);
  if (range === undefined) return { text: 'nothing declares it', fix: undefined };
  const lacking = versions.filter((version: ContainerdVersion) => !isInRange(version, range));
  return lacking.length === versions.length ? { text: `${listVersions(lacking)} has none`, fix: undefined } : undefined;
}

function isSet(table: LocatedTable | undefined, key: string): boolean {
  const value = table === undefined ? undefined : structField(table, key);
  return value !== undefined && !isZero(value);
}

/** k3s and RKE2 say their own directories in each file that they write. */
function isOfRancher({ files, source }: NodeConfiguration): boolean {
  const paths = files.flatMap((file) => [
    ...[structField(file, 'root'), structField(file, 'state')].map((value) => textOf(value)?.value ?? ''),
    ...[...(tableField(file, 'plugins')?.entries ?? [])].flatMap(([id, table]) =>
      id === 'io.containerd.internal.v1.opt' && table.kind === 'table'
        ? [textOf(structField(table, 'path'))?.value ?? '']
        : [],
    ),
  ]);
  return [source, ...paths].some((path) => /\/(?:rancher|k3s)\//.test(path));
}
