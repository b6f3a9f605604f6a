import type { ApiClient } from './api-client.ts';

type Annotations = Readonly<Record<string, string>>;

/** Each set of annotations that pods of a namespace are stored with, once. */
export async function storedAnnotations(api: ApiClient, namespace: string): Promise<readonly Annotations[]> {
  const { items } = JSON.parse(await api.expect('GET', `/api/v1/namespaces/${namespace}/pods`)) as {
    readonly items: readonly { readonly metadata: { readonly annotations?: Annotations } }[];
  };
  const sets = new Map(
    items.map(({ metadata: { annotations = {} } }) => [
      JSON.stringify(Object.entries(annotations).toSorted()),
      annotations,
    ]),
  );
  return [...sets.values()];
}
