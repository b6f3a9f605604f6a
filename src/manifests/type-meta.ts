/** What an object says that it is. */
export type TypeMeta = { readonly apiVersion: string; readonly kind: string };

/** Undefined where a value is no Kubernetes object. Source: apimachinery, UnstructuredJSONScheme, decodeToList. */
export function typeOf(
  value: unknown,
  implied: Partial<TypeMeta>,
): (TypeMeta & { readonly value: object; readonly items?: unknown }) | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const own = value as { readonly apiVersion?: unknown; readonly kind?: unknown; readonly items?: unknown };
  const { apiVersion, kind } = own.kind === undefined ? { ...own, ...implied } : own;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  return { apiVersion, kind, value, items: own.items };
}

/** What the items of a typed list are, which need not say so themselves. */
export function impliedItemType(list: TypeMeta | undefined): Partial<TypeMeta> {
  const itemKind = list?.kind.endsWith('List') === true ? list.kind.slice(0, -'List'.length) : '';
  return list === undefined || itemKind === '' ? {} : { apiVersion: list.apiVersion, kind: itemKind };
}
