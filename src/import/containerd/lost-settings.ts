import { quote } from '../../finding/quote.ts';
import { listNames } from '../../finding/list-names.ts';
import { criPlugin, imagesPlugin, runtimePlugin } from './containerd-migration.ts';
import { isZero } from './go-decoding.ts';
import type { Manner } from './manner.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { tableAt, type LocatedTable, type LocatedValue } from '../../text/located-value.ts';

/** What a later file changes, as far as it concerns runtimes. */
export function reportReplaced(
  path: readonly string[],
  before: LocatedValue,
  after: LocatedValue,
  report: Report,
): void {
  const [plugin = '', ...keys] = path;
  if (plugin !== runtimePlugin && plugin !== imagesPlugin) return;
  if (keys[0] !== 'containerd' && keys[0] !== 'snapshotter' && keys[0] !== 'runtime_platforms') return;
  const message = `${keys.join('.')} of ${before.at.file}:${before.at.line} is replaced here.`;
  report(importFinding('OverriddenByImport', after.at, message));
}

/**
 * Runtimes under a plugin id that no containerd of a manner reads them from. What the versions before 2.3 make of the id
 * of version 2 is said of the file, not here.
 */
export function reportLostTables(plugins: LocatedTable, manner: Manner, report: Report): void {
  const isLatest = manner === 'each file is migrated';
  for (const [plugin, table] of plugins.entries) {
    if (plugin === runtimePlugin || (plugin === criPlugin && !isLatest)) continue;
    const section = tableAt(table, 'containerd');
    const lost = [...(tableAt(section, 'runtimes')?.entries ?? []), ...(tableAt(table, 'runtimes')?.entries ?? [])];
    const fix = `Move it to plugins.${JSON.stringify(runtimePlugin)}.containerd, or say the version that the id is of.`;
    const [first] = lost;
    if (first !== undefined) {
      const names = listNames(
        'runtime',
        lost.map(([name]) => name),
      );
      const message = `containerd ignores the ${names}: in this version, runtimes do not stand under ${quote(plugin)}.`;
      report(importFinding('PluginTableIgnored', first[1].at, message, fix));
    }
    const defaultName = section?.entries.get('default_runtime_name');
    if (defaultName === undefined || isZero(defaultName)) continue;
    const message = `containerd ignores this default_runtime_name: in this version, it does not stand under ${quote(plugin)}.`;
    report(importFinding('PluginTableIgnored', defaultName.at, message, fix));
  }
}
