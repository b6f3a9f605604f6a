import { namespacedName } from './object-name.ts';

type Meta = {
  readonly name?: string;
  readonly namespace?: string;
  readonly resourceVersion?: string;
};

/** By what an object is known among those of its kind: its name or, where it has a namespace, namespace/name. */
export function keyOf(object: unknown): string {
  const { namespace = '', name = '' } = metaOf(object);
  return namespace === '' ? name : namespacedName({ namespace, name });
}

/** The metadata of an object as the API server sends it; empty where it has none. */
export function metaOf(object: unknown): Meta {
  return (object as { readonly metadata?: Meta }).metadata ?? {};
}

/**
 * Whether a resource version is later than another one.
 *
 * Source: Kubernetes, API concepts, "Resource versions": of one resource they compare as whole numbers.
 */
export function isNewer(resourceVersion: string | undefined, than: string): boolean {
  const isNumber = (text: string | undefined): text is string => text !== undefined && /^\d+$/.test(text);
  return isNumber(resourceVersion) && isNumber(than) && BigInt(resourceVersion) > BigInt(than);
}
