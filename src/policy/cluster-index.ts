import type { Namespace, Node, Pod, RuntimeClass } from '../generated/objects.ts';
import { indexHandlers, type HandlerPresence } from './node-handlers.ts';
import { indexUsableNodes, type UsableNodes } from './usable-nodes.ts';

/** What there is of the kinds that all others are judged by, by name. */
export type ClusterObjects = {
  readonly classes: ReadonlyMap<string, RuntimeClass>;
  /** Asked for by name alone, so that a namespace that comes later may come into the same map. */
  readonly namespaces: Pick<ReadonlyMap<string, Namespace>, 'get'>;
  readonly nodes: ReadonlyMap<string, Node>;
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
export function indexCluster({ classes, namespaces, nodes }: ClusterObjects): ClusterState {
  let byHandler: ReadonlyMap<string, readonly RuntimeClass[]> | undefined;
  let all: readonly Node[] | undefined;
  let presence: ReturnType<typeof indexHandlers> | undefined;
  let usable: ReturnType<typeof indexUsableNodes> | undefined;
  const everyNode = () => (all ??= [...nodes.values()]);
  return {
    runtimeClass: (name) => classes.get(name),
    runtimeClassNames: () => classes.keys(),
    runtimeClassesOf: (wanted) => {
      byHandler ??= Map.groupBy(classes.values(), ({ handler = '' }) => handler);
      return byHandler.get(wanted) ?? [];
    },
    namespace: (name) => namespaces.get(name),
    handlerPresence: (runtimeClass) => (presence ??= indexHandlers(everyNode()))(runtimeClass),
    usableNodes: (runtimeClass, spec) => (usable ??= indexUsableNodes(everyNode()))(runtimeClass, spec),
  };
}
