import { quote } from '../../finding/quote.ts';
import type { LocatedTable, LocatedValue } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { isOfKind, type FieldKind } from './go-decoding.ts';

/**
 * Keys that stand at the top of a file and in no table, and what is lost where they do. A line that is appended to a file
 * belongs to its last table.
 */
const topLevelKeys: ReadonlyMap<string, { readonly kind: FieldKind; readonly loss: string }> = new Map([
  ['imports', { kind: 'strings' as const, loss: 'nothing is imported by it' }],
  [
    'version',
    { kind: 'integer' as const, loss: 'the file counts as one that says no version, which 1.x takes for version 1' },
  ],
  ['disabled_plugins', { kind: 'strings' as const, loss: 'no plugin is disabled by it' }],
  ['required_plugins', { kind: 'strings' as const, loss: 'no plugin is required by it' }],
  ['root', { kind: 'string' as const, loss: 'containerd keeps its data elsewhere' }],
  ['state', { kind: 'string' as const, loss: 'containerd keeps its state elsewhere' }],
  ['oom_score', { kind: 'integer' as const, loss: 'it has no effect' }],
]);

/** Keys of other tables may be called so too: these are looked for only where containerd's own tables stand. */
const ambiguousKeys: ReadonlySet<string> = new Set(['root', 'state', 'oom_score']);

/**
 * Keys of plugins that are called so too, by their table.
 *
 * Source: run: containerd 2.2 to 2.4, config default.
 */
const keysOfPlugins: ReadonlyMap<string, string> = new Map([
  ['required_plugins', JSON.stringify(['plugins', 'io.containerd.nri.v1.nri', 'default_validator'])],
]);

/** Tables of the top level that containerd knows, and that have none of these keys. */
const ownTables: ReadonlySet<string> = new Set(['grpc', 'ttrpc', 'debug', 'metrics', 'cgroup']);

/** Whether a key of a table is one that belongs to the top of the file, by its name and its kind. */
export function isTopLevelKey(key: string, value: LocatedValue): boolean {
  const known = topLevelKeys.get(key);
  return known !== undefined && isOfKind(value, known.kind);
}

/**
 * Reports keys of the top level that stand in a table, wherever in the files that is; and plugin ids whose dots make
 * tables of them, since they are not quoted.
 */
export function reportMisplacedKeys(files: readonly LocatedTable[], report: Report): void {
  for (const file of files) {
    for (const [key, value] of file.entries) if (value.kind === 'table') walk(value, [key], report);
    reportUnquotedId(file, report);
  }
}

/** What a file would import, if its `imports` stood at its top: once that is said, the drop-ins are not missed besides. */
export function misplacedImports(file: LocatedTable): readonly string[] {
  const inTables = (table: LocatedTable): readonly string[] =>
    [...table.entries].flatMap(([key, value]) => {
      if (value.kind === 'table') return inTables(value);
      if (key !== 'imports' || value.kind !== 'array') return [];
      return value.items.flatMap((item) => (item.kind === 'string' ? [item.value] : []));
    });
  return [...file.entries.values()].flatMap((value) => (value.kind === 'table' ? inTables(value) : []));
}

function walk(table: LocatedTable, path: readonly string[], report: Report): void {
  const isFree = path.includes('exports') || path[0] === 'timeouts';
  for (const [key, value] of table.entries) {
    if (value.kind === 'table') walk(value, [...path, key], report);
    else if (value.kind === 'array')
      for (const item of value.items) if (item.kind === 'table') walk(item, [...path, key], report);
    const known = topLevelKeys.get(key);
    if (known === undefined || isFree || !isTopLevelKey(key, value)) continue;
    if (ambiguousKeys.has(key) && !isOwnTable(path)) continue;
    if (keysOfPlugins.get(key) === JSON.stringify(path)) continue;
    const where = path.map((part) => (/^[\w-]+$/.test(part) ? part : quote(part))).join('.');
    const message = `containerd ignores ${key} here: it stands in the table [${where}], and so ${known.loss}.`;
    const fix =
      'Move it to the top of the file, above the first table: a line below the header of a table belongs to that table.';
    report(importFinding('KeyIgnored', value.at, message, fix));
  }
}

/** In the options of a runtime, Root is an option of runc. */
function isOwnTable(path: readonly string[]): boolean {
  if (path.includes('options')) return false;
  return ownTables.has(path[0] ?? '') || (path[0] === 'plugins' && /\.cri(?:\.|$)/.test(path[1] ?? ''));
}

function reportUnquotedId(file: LocatedTable, report: Report): void {
  const plugins = file.entries.get('plugins');
  const first = plugins?.kind === 'table' ? plugins.entries.get('io') : undefined;
  if (first?.kind !== 'table' || !first.entries.has('containerd')) return;
  const message = `containerd ignores what stands under plugins.io.containerd: without quotes, the dots of a plugin's id make tables of its parts.`;
  const fix = 'Quote the id, as in [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc].';
  report(importFinding('KeyIgnored', first.at, message, fix));
}
