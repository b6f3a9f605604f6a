import type { RuntimeClass } from '../generated/objects.ts';

/** A handler that stands where the API server does not look for it. */
export type MisplacedHandler = {
  /** Where it stands, such as `spec.runtimeHandler`. */
  readonly field: string;
  readonly value: string;
};

/** `spec.runtimeHandler` is what it was called in v1alpha1; the others are that and today's name, as people spell them. */
const spellings: ReadonlySet<string> = new Set(['handler', 'runtimehandler', 'handlername']);

/** More than a class has; what a manifest nests deeper, or has more of, is not looked at. */
const maxDepth = 4;
const maxFields = 1_000;

/**
 * The handler of a class that has none at its top level: no API server stores such a class, but a manifest may have it in
 * `metadata`, in `spec`, or in other letters. What stands nearest to the top counts.
 */
export function misplacedHandler(runtimeClass: RuntimeClass): MisplacedHandler | undefined {
  if ((runtimeClass.handler ?? '') !== '') return undefined;
  let level: readonly (readonly [path: string, value: object])[] = [['', runtimeClass]];
  let left = maxFields;
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const below: (readonly [string, object])[] = [];
    for (const [path, value] of level) {
      const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
      for (const [key, inner] of fields) {
        if (left-- <= 0) return undefined;
        const field = `${path}${key}`;
        if (isNonEmpty(inner) && spellings.has(key.toLowerCase().replace(/[-_]/g, ''))) return { field, value: inner };
        if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) below.push([`${field}.`, inner]);
      }
    }
    level = below;
  }
  return undefined;
}

function isNonEmpty(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
