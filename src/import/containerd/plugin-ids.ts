import { quote } from '../../finding/quote.ts';
import { isTrueOf } from '../../shim/containerd-facts.ts';
import type { ContainerdVersion } from '../../shim/containerd-version.ts';
import type { LocatedTable, LocatedValue } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { criPlugin, imagesPlugin, runtimePlugin } from './containerd-migration.ts';
import { structField } from './go-decoding.ts';
import { firstShim } from './starting-runtimes.ts';

/** Plugins whose tables below the id people write into it. */
const criPlugins: readonly string[] = [criPlugin, runtimePlugin, imagesPlugin];

/** What 1.x has in the table of its first shim by itself, so that a dump of it says nothing. */
const defaultsOfFirstShim: ReadonlyMap<string, string> = new Map([
  ['shim', 'containerd-shim'],
  ['runtime', 'runc'],
]);

/**
 * Reports tables of plugins that no containerd has: containerd keeps whatever stands under a name, and asks nobody for it.
 *
 * Source: containerd, cmd/containerd/server/config/config.go, Decode; seen with `config dump`, which prints such tables.
 */
export function reportUnknownPlugins(
  files: readonly LocatedTable[],
  versions: readonly ContainerdVersion[],
  report: Report,
): void {
  for (const file of files) {
    const plugins = structField(file, 'plugins');
    if (plugins?.kind !== 'table') continue;
    for (const [id, table] of plugins.entries) {
      reportTablesInId(id, table, report);
      if (id === firstShim || id === 'linux') reportFirstShim(id, table, versions, report);
    }
  }
}

/** `plugins."io.containerd.grpc.v1.cri.containerd.runtimes.x"`: the quotes go around the id alone. */
function reportTablesInId(id: string, { at }: LocatedValue, report: Report): void {
  const plugin = criPlugins.find((one) => id.startsWith(`${one}.`));
  if (plugin === undefined) return;
  const message = `containerd ignores the table ${quote(id)}: no plugin is called so, since the quotes hold the tables below the plugin too.`;
  const fix = `Quote the id alone: plugins.${JSON.stringify(plugin)}${id.slice(plugin.length)}.`;
  report(importFinding('KeyIgnored', at, message, fix));
}

/** Settings of the shim of Linux, which 1.x reads for runtimes of that type alone, and 2.x for none. */
function reportFirstShim(
  id: string,
  table: LocatedValue,
  versions: readonly ContainerdVersion[],
  report: Report,
): void {
  if (table.kind !== 'table' || versions.every((version) => isTrueOf('hasFirstShims', version))) return;
  for (const [key, value] of table.entries) {
    const usual = defaultsOfFirstShim.get(key);
    if (usual === undefined || value.kind !== 'string' || value.value === '' || value.value === usual) continue;
    const message = `containerd 2 ignores ${key} of the plugin ${quote(id)}, which it does not have; containerd 1.x took it for runtimes of the type ${firstShim} alone.`;
    const fix =
      key === 'runtime'
        ? 'Name the OCI runtime in the options of a runtime of the type io.containerd.runc.v2, as BinaryName.'
        : 'Name the shim with the type of a runtime, or with its runtime_path.';
    report(importFinding('FormerKey', value.at, message, fix));
  }
}
