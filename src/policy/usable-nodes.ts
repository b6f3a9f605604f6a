import type { Node, Pod, RuntimeClass, Toleration } from '../generated/objects.ts';
import { requiredNodeAffinity } from './node-affinity.ts';
import { isTolerated } from './tolerations.ts';

/** The nodes that a pod can be scheduled to, as far as node selectors, required node affinity and taints decide that; each number counts nodes. */
export type UsableNodes = {
  readonly usable: number;
  /** Those that report any handler at all. */
  readonly reporting: number;
  /** How many list a handler, by handler. */
  readonly listing: ReadonlyMap<string, number>;
};

type PodSpec = NonNullable<Pod['spec']>;

/**
 * Indexes nodes for the question which of them a pod of a class can use. The answer is that of the class's scheduling
 * and the pod's own together. It costs a look at the nodes with the rarest of the labels that are asked for, found by an
 * index of that label which is made once, and not a scan of all. Whoever gets new nodes makes a new index.
 */
export function indexUsableNodes(
  nodes: readonly Node[],
): (runtimeClass: RuntimeClass, spec: PodSpec) => UsableNodes | undefined {
  const nodesByLabel = new Map<string, ReadonlyMap<string | undefined, readonly Node[]>>();
  let knownLabels: ReadonlySet<string> | undefined;

  const nodesWith = (label: string, value: string): readonly Node[] => {
    knownLabels ??= new Set(nodes.flatMap(({ metadata }) => Object.keys(metadata?.labels ?? {})));
    // Never index a label that no node has: a user could make us index without bound.
    if (!knownLabels.has(label)) return [];
    let byValue = nodesByLabel.get(label);
    if (byValue === undefined) {
      byValue = Map.groupBy(nodes, (node) => labelOf(node, label));
      nodesByLabel.set(label, byValue);
    }
    return byValue.get(value) ?? [];
  };

  return (runtimeClass, spec) => {
    const selector = [runtimeClass.scheduling, spec].flatMap((one) => Object.entries(one?.nodeSelector ?? {}));
    const tolerations = [runtimeClass.scheduling, spec].flatMap((one): readonly Toleration[] => one?.tolerations ?? []);
    const isLetOn = requiredNodeAffinity(spec);
    if (isLetOn === undefined) return undefined;
    const rarest = selector
      .map(([label, value]) => nodesWith(label, value))
      .reduce((fewest, one) => (one.length < fewest.length ? one : fewest), nodes);
    return count(
      rarest.filter(
        (node) =>
          selector.every(([label, value]) => labelOf(node, label) === value) &&
          isTolerated(node, tolerations) &&
          isLetOn(node),
      ),
    );
  };
}

function count(nodes: readonly Node[]): UsableNodes {
  const listing = new Map<string, number>();
  let reporting = 0;
  for (const { status } of nodes) {
    const handlers = new Set((status?.runtimeHandlers ?? []).map(({ name }) => name ?? ''));
    if (handlers.size > 0) reporting++;
    for (const handler of handlers) listing.set(handler, (listing.get(handler) ?? 0) + 1);
  }
  return { usable: nodes.length, reporting, listing };
}

function labelOf({ metadata }: Node, label: string): string | undefined {
  const labels = metadata?.labels ?? {};
  return Object.hasOwn(labels, label) ? labels[label] : undefined;
}
