import type { Logger } from 'pino';
import type { Namespace, Node, RuntimeClass } from '../generated/objects.ts';
import { indexCluster, indexNodes, type ClusterState, type NodeIndex } from '../policy/cluster-index.ts';
import { nodeTableKeeper, type NodeTable } from '../policy/node-tables.ts';
import type { CacheState, Follower, ReadinessCheck } from '../follow/follower.ts';
import type { PodQuestion, PodUse } from '../policy/pod-use.ts';
import type { ClusterConnection } from './connection.ts';
import { PodSearches } from './find-pods.ts';
import { keepNamespace, keepRuntimeClass, nodeKeeper } from '../policy/kept-objects.ts';
import { Reflector } from './reflector.ts';

/** What policies know of the cluster, kept up to date by watches. Answers come from memory, also while it is away. */
export class LiveCluster implements Follower {
  readonly #runtimeClasses: Reflector<RuntimeClass>;
  readonly #namespaces: Reflector<Namespace>;
  readonly #nodes: Reflector<Node>;
  readonly #searches: PodSearches;
  /** Undefined where nodes are not asked what runtimes they have. */
  readonly #nodeTables: Reflector<NodeTable> | undefined;
  #nodeIndex: NodeIndex | undefined;
  #state: ClusterState | undefined;
  #namespaceChanges = 0;

  /** @param asksNodes whether NodeRuntimes are followed, which nodes write that have an agent */
  constructor(connection: ClusterConnection, logger: Logger, asksNodes: boolean) {
    this.#searches = new PodSearches(connection, logger);
    const forget = () => {
      this.#state = undefined;
    };
    const forgetNodes = () => {
      this.#nodeIndex = undefined;
      forget();
    };
    this.#runtimeClasses = new Reflector(
      connection,
      {
        kind: 'RuntimeClass',
        path: '/apis/node.k8s.io/v1/runtimeclasses',
        pageSize: 500,
        keep: keepRuntimeClass,
        onChange: forget,
      },
      logger,
    );
    this.#namespaces = new Reflector(
      connection,
      {
        kind: 'Namespace',
        path: '/api/v1/namespaces',
        pageSize: 500,
        metadataOnly: true,
        keep: keepNamespace,
        onChange: () => {
          this.#namespaceChanges++;
        },
      },
      logger,
    );
    this.#nodes = new Reflector(
      connection,
      { kind: 'Node', path: '/api/v1/nodes', pageSize: 50, keep: nodeKeeper(), onChange: forgetNodes },
      logger,
    );
    this.#nodeTables = asksNodes
      ? new Reflector(
          connection,
          {
            kind: 'NodeRuntimes',
            path: '/apis/shimgate.dev/v1alpha1/noderuntimes',
            pageSize: 50,
            keep: nodeTableKeeper(),
            onChange: forget,
          },
          logger,
        )
      : undefined;
  }

  get checks(): readonly ReadinessCheck[] {
    const needed = this.#needed.map(({ check }) => check);
    const tables = this.#nodeTables;
    if (tables === undefined) return needed;
    const { name, detail } = tables.check;
    // No request is answered before, so none should be sent.
    const failure = () => (this.#haveNodesSpoken ? undefined : 'not read yet');
    return [...needed, { name, failure, detail: () => detail?.() ?? tables.failure }];
  }

  /** Whether everything was read at least once. */
  get isKnown(): boolean {
    return this.#needed.every(({ isSynced }) => isSynced) && this.#haveNodesSpoken;
  }

  caches(): readonly CacheState[] {
    return this.#reflectors.map(({ cache }) => cache);
  }

  get #reflectors(): readonly Reflector<RuntimeClass | Namespace | Node | NodeTable>[] {
    return [...this.#needed, ...(this.#nodeTables === undefined ? [] : [this.#nodeTables])];
  }

  /** Those without which there is no verdict. */
  get #needed(): readonly Reflector<RuntimeClass | Namespace | Node>[] {
    return [this.#runtimeClasses, this.#namespaces, this.#nodes];
  }

  /** What nodes say is waited for, and done without where it cannot be read: the definition may be gone. */
  get #haveNodesSpoken(): boolean {
    return this.#nodeTables === undefined || this.#nodeTables.isSynced || this.#nodeTables.failure !== undefined;
  }

  /** The same object for as long as neither a class nor a node has changed; namespaces come and go in it. */
  get state(): ClusterState {
    this.#nodeIndex ??= indexNodes(this.#nodes.objects);
    return (this.#state ??= indexCluster(
      {
        classes: this.#runtimeClasses.objects,
        namespaces: { get: (name) => this.#namespaces.objects.get(name) },
        nodes: this.#nodes.objects,
        ...(this.#nodeTables !== undefined && { nodeTables: this.#nodeTables.objects }),
      },
      this.#nodeIndex,
    ));
  }

  /** All classes and namespaces, and how often a namespace has come, changed or gone. */
  get scope(): {
    readonly classes: Iterable<RuntimeClass>;
    readonly namespaces: Iterable<Namespace>;
    readonly namespaceChanges: number;
  } {
    return {
      classes: this.#runtimeClasses.objects.values(),
      namespaces: this.#namespaces.objects.values(),
      namespaceChanges: this.#namespaceChanges,
    };
  }

  start(): void {
    for (const reflector of this.#reflectors) reflector.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.close()));
  }

  /**
   * Reads one RuntimeClass from the API server into memory, as the API server's own plugin does for a class that it
   * does not know yet. Where the API server does not answer, memory stays as it is.
   */
  lookUpRuntimeClass(name: string): Promise<void> {
    return this.#runtimeClasses.lookUp(name);
  }

  /** Reads one namespace in the same way: a pod may come before the watch has brought its namespace. */
  lookUpNamespace(name: string): Promise<void> {
    return this.#namespaces.lookUp(name);
  }

  /** Looks for the pods that use a class. @throws TooManyLookUps where too many other searches are on their way */
  findPods(question: PodQuestion): Promise<PodUse> {
    return this.#searches.find(question);
  }
}
