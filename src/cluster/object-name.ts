/** A namespaced object's name. */
export type NamespacedName = { readonly namespace: string; readonly name: string };

/** Writes a name as kubectl does: namespace/name. */
export function namespacedName({ namespace, name }: NamespacedName): string {
  return `${namespace}/${name}`;
}
