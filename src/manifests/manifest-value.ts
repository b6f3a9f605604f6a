import type { PathSegment } from '../finding/field-path.ts';
import { quote } from '../finding/quote.ts';

/** An object as it stands in a manifest. */
export type ManifestValue = { readonly apiVersion: string; readonly kind: string; readonly value: object };

/** The value at a path of keys and, in lists, of indexes; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PathSegment[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<PathSegment, unknown>>)[key];
  }
  return found;
}

/** A value that has keys; undefined for a list, a scalar and nothing. */
export function tableOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isTable ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** What messages call an object: its kind, its namespace and its name, as far as it has them. */
export function nameOf({ kind, value }: ManifestValue): string {
  const name = [valueAt(value, ['metadata', 'namespace']), valueAt(value, ['metadata', 'name'])]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('/');
  return `${kind} ${quote(name)}`;
}
