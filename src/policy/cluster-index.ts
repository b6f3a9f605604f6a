import type { Namespace, Node, Pod, RuntimeClass } from '../generated/objects.ts';
import { tableCounter, type NodeTable } from './node-tables.ts';
import { indexHandlers, type HandlerPresence } from './node-handlers.ts';
import { indexUsableNodes, type UsableNodes } from './usable-nodes.ts';

/** What there is of the kinds that all others are judged by, by name. */
export type ClusterObjects = {
  readonly classes: ReadonlyMap<string, RuntimeClass>;
  /** Asked for by name alone, so that a namespace that comes later may come into the same map. */
  readonly namespaces: Pick<ReadonlyMap<string, Namespace>, 'get'>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** What nodes say themselves of their runtimes; undefined where nobody asks them. */
  readonly nodeTables?: ReadonlyMap<string, NodeTable>;
};

/** What was worked out of the nodes alone, for as long as none of them changes. */
export type NodeIndex = {
  readonly presence: ReturnType<typeof indexHandlers>;
  readonly usable: ReturnType<typeof indexUsableNodes>;
};

/** What policies know of the cluster. Answers come from memory, whether a live cluster or manifests stand behind it. */
export type ClusterState = {
  readonly runtimeClass: (name: string) => RuntimeClass | undefined;
  /** The names of all classes. */
  readonly runtimeClassNames: () => Iterable<string>;
  /** All classes with a handler. */
  readonly runtimeClassesOf: (handler: string) => readonly RuntimeClass[];
  readonly namespace: (name: string) => Namespace | undefined;
  /** What the nodes that a RuntimeClass can use report about its handler. Costs a look at each node. */
  readonly handlerPresence: (runtimeClass: RuntimeClass) => HandlerPresence;
  /** Whether nodes are asked what runtimes they have. What they say comes to each replica at another moment. */
  readonly asksNodes: boolean;
  /**
   * The nodes that a pod of the class, or of none, can use, by its class's scheduling and its own; undefined where these ask for
   * too much.
   */
  readonly usableNodes: (
    runtimeClass: RuntimeClass | undefined,
    spec: NonNullable<Pod['spec']>,
  ) => UsableNodes | undefined;
};

/**
 * Indexes a cluster's objects, for a live cluster, for manifests and for the audit. An index is made when it is first asked
 * for, so whoever gets a class or a node that is new or changed makes another state.
 */
export function indexCluster(
  { classes, namespaces, nodes, nodeTables }: ClusterObjects,
  index = indexNodes(nodes),
): ClusterState {
  let byHandler: ReadonlyMap<string, readonly RuntimeClass[]> | undefined;
  const tables = nodeTables === undefined ? undefined : tableCounter(nodeTables);
  return {
    asksNodes: nodeTables !== undefined,
    runtimeClass: (name) => classes.get(name),
    runtimeClassNames: () => classes.keys(),
    runtimeClassesOf: (wanted) => {
      byHandler ??= Map.groupBy(classes.values(), ({ handler = '' }) => handler);
      return byHandler.get(wanted) ?? [];
    },
    namespace: (name) => namespaces.get(name),
    handlerPresence: (runtimeClass) => index.presence(runtimeClass, tables),
    usableNodes: index.usable,
  };
}

/** Indexes nodes. Each index is made when it is first asked for, so whoever gets a node that is new or changed makes another one. */
export function indexNodes(nodes: ReadonlyMap<string, Node>): NodeIndex {
  let all: readonly Node[] | undefined;
  let presence: NodeIndex['presence'] | undefined;
  let usable: NodeIndex['usable'] | undefined;
  const everyNode = () => (all ??= [...nodes.values()]);
  return {
    presence: (runtimeClass, tables) => (presence ??= indexHandlers(everyNode()))(runtimeClass, tables),
    usable: (runtimeClass, spec) => (usable ??= indexUsableNodes(everyNode()))(runtimeClass, spec),
  };
}
