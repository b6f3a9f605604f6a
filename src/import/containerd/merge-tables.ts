import type { LocatedTable, LocatedValue } from '../../text/located-value.ts';
import { isSame } from '../../text/located-value.ts';

/** Called where a later value takes the place of an earlier one that is different. */
export type Replaced = (path: readonly string[], before: LocatedValue, after: LocatedValue) => void;

/**
 * Merges two tables as containerd merges a drop-in into what came before: tables key by key at every level, anything
 * else is replaced, lists too, and also by a value that is empty.
 *
 * Source: containerd, cmd/containerd/server/config/config.go, mergeConfig, on a map[string]any of mergo.
 */
export function mergeTables(
  to: LocatedTable,
  from: LocatedTable,
  replaced: Replaced = () => undefined,
  path: readonly string[] = [],
): LocatedTable {
  const entries = new Map(to.entries);
  for (const [key, value] of from.entries) {
    const before = entries.get(key);
    if (before?.kind === 'table' && value.kind === 'table') {
      entries.set(key, mergeTables(before, value, replaced, [...path, key]));
    } else {
      if (before !== undefined && !isSame(before, value)) replaced([...path, key], before, value);
      entries.set(key, value);
    }
  }
  return { ...to, entries };
}
