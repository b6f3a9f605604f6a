import type { LocatedFinding } from '../finding/located-finding.ts';
import type { JsonValue } from '../shim/json-value.ts';

/** Where something stands: a file, and a line and a column that count from 1. */
export type Place = LocatedFinding['source'];

/** The first place of a file, for what is true of the whole file. */
export function startOf(file: string): Place {
  return { file, line: 1, column: 1 };
}

/** A value from a TOML or JSON file that knows where it stands. In a table, that is where its key stands. */
export type LocatedValue = LocatedTable | LocatedArray | LocatedScalar;

/** Keys are kept in a Map, so that no key of a file can be taken for a property that every object has. */
export type LocatedTable = {
  readonly kind: 'table';
  readonly at: Place;
  readonly entries: ReadonlyMap<string, LocatedValue>;
};

export type LocatedArray = { readonly kind: 'array'; readonly at: Place; readonly items: readonly LocatedValue[] };

export type LocatedScalar = { readonly at: Place } & (
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** A date or a time, as it is written. */
  | { readonly kind: 'date'; readonly value: string }
  | { readonly kind: 'null' }
);

/** The value at a path of keys; undefined where there is none, or where something on the way is no table. */
export function valueAt(value: LocatedValue | undefined, ...path: readonly string[]): LocatedValue | undefined {
  let found = value;
  for (const key of path) found = found?.kind === 'table' ? found.entries.get(key) : undefined;
  return found;
}

/** The table at a path of keys; undefined where there is none. */
export function tableAt(value: LocatedValue | undefined, ...path: readonly string[]): LocatedTable | undefined {
  const found = valueAt(value, ...path);
  return found?.kind === 'table' ? found : undefined;
}

/** A copy of a table in which some keys have other values; undefined takes the key away. */
export function withEntries(table: LocatedTable, changes: ReadonlyMap<string, LocatedValue | undefined>): LocatedTable {
  const entries = new Map(table.entries);
  for (const [key, value] of changes) {
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
  }
  return { ...table, entries };
}

/**
 * The value as JSON. What JSON cannot carry is left out and handed to `lost`: dates, infinities, numbers that are no
 * numbers, and integers that are too large to be exact.
 */
export function toJson(value: LocatedValue, lost: (value: LocatedValue) => void): JsonValue | undefined {
  switch (value.kind) {
    case 'table':
      return Object.fromEntries(
        [...value.entries].flatMap(([key, entry]) => {
          const json = toJson(entry, lost);
          return json === undefined ? [] : [[key, json]];
        }),
      );
    case 'array':
      return value.items.map((item) => toJson(item, lost)).filter((item) => item !== undefined);
    case 'string':
    case 'boolean':
      return value.value;
    case 'integer':
      if (Number.isSafeInteger(Number(value.value))) return Number(value.value);
      break;
    case 'float':
      if (Number.isFinite(value.value)) return value.value;
      break;
    case 'null':
      return null;
    case 'date':
      break;
  }
  lost(value);
  return undefined;
}

/** Whether two values are the same, wherever they stand. */
export function isSame(a: LocatedValue, b: LocatedValue): boolean {
  if (a.kind === 'table' && b.kind === 'table') {
    return (
      a.entries.size === b.entries.size &&
      [...a.entries].every(([key, value]) => {
        const other = b.entries.get(key);
        return other !== undefined && isSame(value, other);
      })
    );
  }
  if (a.kind === 'array' && b.kind === 'array') {
    return (
      a.items.length === b.items.length &&
      a.items.every((item, index) => {
        const other = b.items[index];
        return other !== undefined && isSame(item, other);
      })
    );
  }
  return a.kind === b.kind && (!('value' in a) || ('value' in b && Object.is(a.value, b.value)));
}
