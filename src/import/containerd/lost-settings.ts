import { quote } from '../../finding/quote.ts';
import { imagesPlugin, runtimePlugin } from './containerd-migration.ts';
import { isZero } from './go-decoding.ts';
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

/** Runtimes under a plugin id that containerd 2.4 does not read them from. */
export function reportLostTables(plugins: LocatedTable, report: Report): void {
  for (const [plugin, table] of plugins.entries) {
    if (plugin === runtimePlugin) continue;
    const section = tableAt(table, 'containerd');
    const lost = [...(tableAt(section, 'runtimes')?.entries ?? []), ...(tableAt(table, 'runtimes')?.entries ?? [])];
    const fix = `Move it to plugins.${JSON.stringify(runtimePlugin)}.containerd, or say the version that the id is of.`;
    for (const [name, runtime] of lost) {
      const message = `containerd ignores the runtime ${quote(name)}: in this version, runtimes do not stand under ${quote(plugin)}.`;
      report(importFinding('PluginTableIgnored', runtime.at, message, fix));
    }
    const defaultName = section?.entries.get('default_runtime_name');
    if (defaultName === undefined || isZero(defaultName)) continue;
    const message = `containerd ignores this default_runtime_name: in this version, it does not stand under ${quote(plugin)}.`;
    report(importFinding('PluginTableIgnored', defaultName.at, message, fix));
  }
}
