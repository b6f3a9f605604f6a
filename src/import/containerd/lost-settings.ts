import { quote } from '../../finding/quote.ts';
import { listNames } from '../../finding/list-names.ts';
import { criPlugin, imagesPlugin, isPluginOfRuntimes, runtimePlugin } from './containerd-migration.ts';
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
    const isKnown = isPluginOfRuntimes(plugin);
    const orVersion = isKnown ? ', or say the version that the id is of' : '';
    const fix = `Move it to plugins.${JSON.stringify(runtimePlugin)}.containerd${orVersion}.`;
    const why = (verb: string) =>
      isKnown
        ? `in this version, ${verb} not stand under ${quote(plugin)}`
        : `no plugin of containerd that has runtimes is called ${quote(plugin)}`;
    const [first] = lost;
    if (first !== undefined) {
      const names = listNames(
        'runtime',
        lost.map(([name]) => name),
      );
      const message = `containerd ignores the ${names}: ${why('runtimes do')}.`;
      report(importFinding('PluginTableIgnored', first[1].at, message, fix));
    }
    const defaultName = section?.entries.get('default_runtime_name');
    if (defaultName === undefined || isZero(defaultName)) continue;
    const message = `containerd ignores this default_runtime_name: ${why('it does')}.`;
    report(importFinding('PluginTableIgnored', defaultName.at, message, fix));
  }
}
