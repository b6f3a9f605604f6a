import type { LocatedTable, LocatedValue } from '../../text/located-value.ts';
import { mergeTables } from './merge-tables.ts';

/** What a field of containerd's Go structs takes. */
export type FieldKind = 'string' | 'boolean' | 'integer' | 'strings' | 'table' | 'tables' | 'string map';

/** The fields of one of containerd's Go structs, by their names in lower case. */
export type Fields = ReadonlyMap<string, FieldKind>;

/**
 * A field of a table that is decoded into a Go struct: go-toml takes a key whatever its letter case, and reads one
 * that is written twice in different case one after the other.
 *
 * Source: go-toml 2, unmarshaler.go, structPlan.
 */
export function structField(table: LocatedTable, name: string): LocatedValue | undefined {
  let found: LocatedValue | undefined;
  for (const key of keysInOrder(table)) {
    if (key.toLowerCase() !== name) continue;
    const value = table.entries.get(key);
    found = found?.kind === 'table' && value?.kind === 'table' ? mergeTables(found, value) : value;
  }
  return found;
}

/** The keys of a table as go-toml writes a map out, which is how containerd hands a plugin its part: sorted. */
export function keysInOrder(table: LocatedTable): readonly string[] {
  return [...table.entries.keys()].sort();
}

/** Whether go-toml decodes a value into a field of a kind; a value that it does not, stops containerd. */
export function isOfKind(value: LocatedValue, kind: FieldKind): boolean {
  switch (kind) {
    case 'string':
    case 'boolean':
    case 'table':
      return value.kind === kind;
    case 'integer':
      return value.kind === 'integer' && BigInt.asIntN(64, value.value) === value.value;
    case 'strings':
      return value.kind === 'array' && value.items.every((item) => item.kind === 'string');
    case 'string map':
      return value.kind === 'table' && [...value.entries.values()].every((item) => item.kind === 'string');
    case 'tables':
      return value.kind === 'table' && [...value.entries.values()].every((item) => item.kind === 'table');
  }
}

/** A kind as a person reads it. */
export function kindName(kind: FieldKind): string {
  switch (kind) {
    case 'strings':
      return 'a list of strings';
    case 'string map':
      return 'a table of strings';
    case 'tables':
      return 'a table of tables';
    case 'integer':
      return 'an integer of 64 bits';
    case 'string':
    case 'boolean':
    case 'table':
      return `a ${kind}`;
  }
}

/** Whether a value says no more than its absence: what Go has in a field that is not set. */
export function isZero(value: LocatedValue): boolean {
  switch (value.kind) {
    case 'string':
      return value.value === '';
    case 'boolean':
      return !value.value;
    case 'integer':
      return value.value === 0n;
    case 'array':
      return value.items.length === 0;
    case 'table':
      return [...value.entries.values()].every(isZero);
    case 'null':
      return true;
    case 'float':
    case 'date':
      return false;
  }
}
