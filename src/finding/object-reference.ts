import { quote } from './quote.ts';

/** An object, as reports refer to it. */
export type ObjectReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
};

/** An object as messages and reports call it: `Pod default/web`. */
export function objectLabel({ kind, namespace, name }: ObjectReference): string {
  const path = [namespace ?? '', name].filter((part) => part !== '').join('/');
  return path === '' ? kind : `${kind} ${path}`;
}

/** The whole way from an object to its shim, as reports have it. @param links what comes after the object */
export function wayOf(object: ObjectReference, links: readonly string[]): readonly string[] {
  const first = object.kind === 'RuntimeClass' ? `RuntimeClass ${quote(object.name)}` : objectLabel(object);
  return [first, ...links];
}
