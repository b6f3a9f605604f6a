import { quote } from '../finding/quote.ts';
import { isZero } from './containerd/go-decoding.ts';
import { importFinding, type Report } from './import-finding.ts';
import type { LocatedTable } from '../text/located-value.ts';

/** What containerd takes where nothing is said. Source: internal/cri/config/config.go, ValidateRuntimeConfig. */
const defaults: ReadonlyMap<string, string> = new Map([
  ['sandboxer', 'podsandbox'],
  ['sandboxMode', 'podsandbox'],
  ['io_type', 'fifo'],
]);

/** Reports fields of a runtime that say something for which the configuration has no place. */
export function reportNotCarriedOver(name: string, table: LocatedTable, keys: readonly string[], report: Report): void {
  for (const key of keys) {
    const value = table.entries.get(key);
    if (value === undefined || isZero(value)) continue;
    if (value.kind === 'string' && value.value === defaults.get(key)) continue;
    report(importFinding('NotCarriedOver', value.at, `shimgate has no place for ${key} of runtime ${quote(name)}.`));
  }
}
