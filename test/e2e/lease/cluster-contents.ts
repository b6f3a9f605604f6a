import type { ApiClient } from '../../support/cluster/api-client.ts';

/** An object of a cluster, as far as it says whether the cluster is as it was. */
export type ClusterObject = {
  /** Such as `/apis/apps/v1/namespaces/default/deployments/web`. */
  readonly path: string;
  /** Undefined for one that has no namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** The resource, such as `deployments`. */
  readonly resource: string;
  readonly finalizers: readonly string[];
  /** Changes where the object is another one, or its labels, annotations or specification are. */
  readonly mark: string;
};

type Resource = {
  readonly resource: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly verbs: readonly string[];
};

type Discovery = {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly { readonly version: string; readonly resources?: readonly Resource[] }[];
  }[];
};

type MetadataList = {
  /** Null where an aggregated or an old collection is empty. */
  readonly items:
    | null
    | readonly {
        readonly metadata: {
          readonly name: string;
          readonly namespace?: string;
          readonly uid?: string;
          readonly generation?: number;
          readonly labels?: object;
          readonly annotations?: object;
          readonly finalizers?: readonly string[];
        };
      }[];
};

/** What the cluster itself writes all the time: happenings, and who leads. */
const everChanging = new Set(['events', 'leases']);

/** Where the control plane keeps its own accounts and configuration, which it makes when it first needs them. */
const ownNamespaces = new Set(['kube-system', 'kube-public', 'kube-node-lease']);
const madeWhenNeeded = new Set(['serviceaccounts', 'configmaps']);

/** Source: Kubernetes, RBAC, "Auto-reconciliation": what has this label the API server makes itself. */
const bootstrapLabel = 'kubernetes.io/bootstrapping';

/** Everything in a cluster that can be listed and deleted, by path, but what the control plane makes when it needs it. */
export async function contentsOf(api: ApiClient): Promise<ReadonlyMap<string, ClusterObject>> {
  const lists = await Promise.all((await collectionsOf(api)).map((collection) => objectsIn(api, collection)));
  return new Map(lists.flat().map((object) => [object.path, object]));
}

type Collection = { readonly path: string; readonly resource: string; readonly isNamespaced: boolean };

async function collectionsOf(api: ApiClient): Promise<readonly Collection[]> {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const groups = await Promise.all(
    ['/api', '/apis'].map(async (path) => JSON.parse(await api.read(path, accept)) as Discovery),
  );
  return groups
    .flatMap(({ items }) => items)
    .flatMap(({ metadata: { name = '' } = {}, versions }) => {
      // One version shows every object of a group's resources.
      const [{ version, resources = [] } = { version: '' }] = versions;
      return resources
        .filter(({ verbs }) => verbs.includes('list') && verbs.includes('delete'))
        .filter(({ resource }) => !everChanging.has(resource))
        .map(({ resource, scope }) => ({
          path: name === '' ? `/api/${version}` : `/apis/${name}/${version}`,
          resource,
          isNamespaced: scope === 'Namespaced',
        }));
    });
}

async function objectsIn(
  api: ApiClient,
  { path, resource, isNamespaced }: Collection,
): Promise<readonly ClusterObject[]> {
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const answer = await api.send('GET', `${path}/${resource}`, undefined, accept);
  // A definition that was taken away since discovery was asked; its objects went with it.
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw new Error(`GET ${path}/${resource}: ${answer.status} ${answer.text.slice(0, 500)}`);
  const { items } = JSON.parse(answer.text) as MetadataList;
  return (items ?? [])
    .filter(({ metadata: { namespace = '', labels = {} } }) => {
      const isOwn = ownNamespaces.has(namespace) && madeWhenNeeded.has(resource);
      return !isOwn && !(bootstrapLabel in labels);
    })
    .map(({ metadata: { name, namespace, uid, generation, labels, annotations, finalizers = [] } }) => ({
      path: `${path}${isNamespaced ? `/namespaces/${namespace ?? ''}` : ''}/${resource}/${name}`,
      namespace,
      name,
      resource,
      finalizers,
      mark: JSON.stringify([uid, generation, labels, annotations]),
    }));
}
