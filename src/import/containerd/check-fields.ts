import type { LocatedTable, LocatedValue } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { isOfKind, isZero, keysInOrder, kindName, type FieldKind, type Fields } from './go-decoding.ts';
import { reportUnknownKey } from './unknown-keys.ts';

/**
 * Reports the values in a table whose type containerd does not take, and the keys that it does not know. An unknown key
 * whose value is empty is left alone: it says nothing, and `containerd config default` of 1.x wrote many.
 *
 * @param where what the table is, for messages, such as `runtime "kata"`
 */
export function checkFields(table: LocatedTable, fields: Fields, where: string, report: Report): void {
  for (const key of keysInOrder(table)) {
    const value = table.entries.get(key);
    if (value === undefined) continue;
    const kind = fields.get(key.toLowerCase());
    if (kind !== undefined) checkKind(value, kind, `${key} of ${where}`, report);
    else if (!isZero(value) || trueByDefault.has(key)) reportUnknownKey(key, value, fields, where, report);
  }
}

/** Of these, false is what says something. Source: internal/cri/config/config_unix.go, DefaultImageConfig. */
const trueByDefault: ReadonlySet<string> = new Set(['disable_snapshot_annotations']);

export function checkKind(value: LocatedValue, kind: FieldKind, what: string, report: Report): void {
  if (isOfKind(value, kind)) return;
  const message = `${what} must be ${kindName(kind)}: containerd does not start.`;
  report(importFinding('ContainerdRefuses', value.at, message));
}
