import { ApiError } from '../cluster/api-error.ts';
import type { ClusterConnection } from '../cluster/connection.ts';
import { isServed } from '../cluster/is-served.ts';
import { finding } from '../finding/finding.ts';
import { about } from './audit-finding.ts';
import type { AuditHooks, AuditSource } from './audit.ts';
import {
  inventoryCollectionsFor,
  workloadCollections,
  type Collection,
  type InventoryCollection,
  type WorkloadCollection,
} from './collections.ts';
import { Inventory } from './inventory.ts';
import type { Workload } from './judge-workload.ts';

export type ClusterScope = {
  /** Undefined for all. */
  readonly namespace: string | undefined;
  /** Of pods and pod templates, as kubectl's -l. */
  readonly labelSelector: string | undefined;
  /** For each page. */
  readonly requestTimeoutMs: number;
};

/** A cluster that cannot be audited at all: nobody answers, or nobody knows who asks. */
export class UnreachableClusterError extends Error {}

/** Source: Kubernetes, API concepts, "Metadata-only fetches". */
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** A live cluster as a source: a page at a time, each page judged before the next is read. */
export function clusterSource(connection: ClusterConnection, scope: ClusterScope): AuditSource {
  const { namespace, labelSelector } = scope;
  const reader = new CollectionReader(connection, scope);
  return {
    name: `cluster ${connection.server}${namespace === undefined ? '' : `, namespace ${namespace}`}`,
    readInventory: async (hooks) => {
      const inventory = new Inventory();
      let isWhole = namespace === undefined && labelSelector === undefined;
      for (const collection of inventoryCollectionsFor(inventory)) {
        const { kind, resource } = collection;
        try {
          await readKind(reader, collection, scope, inventory, hooks);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          if (collection.mayBeUndefined === true && !(await isServed(connection, collection.path, error))) continue;
          inventory.forget(kind);
          reader.checkReachable(error);
          isWhole = false;
          reportUnread(`cannot list ${resource}`, error, hooks);
        }
        if (hooks.signal.aborted) break;
      }
      return { inventory, isWhole };
    },
    workloads: async function* (inventory, hooks) {
      for (const collection of workloadCollections) {
        yield* readWorkloads(reader, collection, namespacesFor(scope, inventory, connection), hooks);
        if (hooks.signal.aborted) return;
      }
    },
    hasFailed: () => false,
    close: () => undefined,
  };
}

class CollectionReader {
  readonly #connection: ClusterConnection;
  readonly #scope: ClusterScope;
  #hasAnswered = false;

  constructor(connection: ClusterConnection, scope: ClusterScope) {
    this.#connection = connection;
    this.#scope = scope;
  }

  /** Ends at once, without an error, where the signal says so. @throws ApiError where a page cannot be read */
  async *pages(
    { isMetadata, pageSize }: Collection,
    path: string,
    signal: AbortSignal,
    labelSelector?: string,
  ): AsyncGenerator<readonly unknown[], void, undefined> {
    try {
      const pages = this.#connection.items(path, {
        query: { labelSelector },
        accept: isMetadata === true ? metadataOnly : 'application/json',
        pageSize,
        timeoutMs: this.#scope.requestTimeoutMs,
        mayBeInconsistent: true,
        signal,
      });
      for await (const page of pages) {
        this.#hasAnswered = true;
        yield page;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** One object, where only that may be read. @throws ApiError */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const object = await this.#connection.request('GET', path, { timeoutMs: this.#scope.requestTimeoutMs, signal });
    this.#hasAnswered = true;
    return object;
  }

  /** @throws UnreachableClusterError where the very first answer says that none will be of use */
  checkReachable(error: ApiError): void {
    if (this.#hasAnswered || (error.status !== 0 && error.status !== 401)) {
      this.#hasAnswered = true;
      return;
    }
    throw new UnreachableClusterError(`cannot read the cluster ${this.#connection.server}: ${error.message}`);
  }
}

async function readKind(
  reader: CollectionReader,
  collection: InventoryCollection,
  { namespace }: ClusterScope,
  inventory: Inventory,
  hooks: AuditHooks,
): Promise<void> {
  const { kind, path, resource } = collection;
  const take = (object: unknown) => {
    hooks.read(kind);
    inventory.take(kind, object, undefined);
  };
  if (kind === 'Namespace' && namespace !== undefined) {
    take(await reader.get(`${path}/${resource}/${encodeURIComponent(namespace)}`, hooks.signal));
    return;
  }
  for await (const page of reader.pages(collection, `${path}/${resource}`, hooks.signal)) page.forEach(take);
}

/** Which namespaces to ask for one by one, where all at once is not allowed. */
type Namespaces = {
  readonly isAll: boolean;
  /** Whether these are all that there are. */
  readonly isKnown: boolean;
  readonly oneByOne: readonly string[];
  readonly labelSelector: string | undefined;
};

function namespacesFor(
  { namespace, labelSelector }: ClusterScope,
  inventory: Inventory,
  connection: ClusterConnection,
): Namespaces {
  if (namespace !== undefined) return { isAll: false, isKnown: true, oneByOne: [namespace], labelSelector };
  const isKnown = !inventory.unknown.has('Namespace');
  const oneByOne = isKnown ? [...inventory.namespaces.keys()] : [connection.namespace];
  return { isAll: true, isKnown, oneByOne, labelSelector };
}

async function* readWorkloads(
  reader: CollectionReader,
  collection: WorkloadCollection,
  { isAll, isKnown, oneByOne, labelSelector }: Namespaces,
  hooks: AuditHooks,
): AsyncGenerator<readonly Workload[], void, undefined> {
  const { apiVersion, kind, path, resource } = collection;
  const miss = (what: string, error: ApiError) => {
    hooks.missed();
    reportUnread(what, error, hooks);
  };
  const read = async function* (where: string) {
    for await (const page of reader.pages(collection, `${path}/${where}${resource}`, hooks.signal, labelSelector)) {
      yield page.flatMap((value) => (typeof value === 'object' && value !== null ? [{ apiVersion, kind, value }] : []));
    }
  };
  if (isAll) {
    try {
      yield* read('');
      return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Whoever may not list them all may be allowed to in some namespaces.
      if (error.status !== 403) {
        miss(`cannot list ${resource}`, error);
        return;
      }
      if (!isKnown) miss(`cannot list ${resource} in all namespaces`, error);
    }
  }
  for (const namespace of oneByOne) {
    try {
      yield* read(`namespaces/${encodeURIComponent(namespace)}/`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      miss(`cannot list ${resource} in ${namespace}`, error);
    }
    if (hooks.signal.aborted) return;
  }
}

function reportUnread(what: string, error: ApiError, hooks: AuditHooks): void {
  const why = error.status === 403 ? 'forbidden' : error.message;
  const object = { apiVersion: '', kind: 'Cluster', name: '' };
  hooks.found(about({ object }, finding('CannotRead', { field: '', statement: `${what}: ${why}` })));
}
