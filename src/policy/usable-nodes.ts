import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  RuntimeClass,
  RuntimeHandler,
  Toleration,
} from '../generated/objects.ts';
import { requiredNodeAffinity, requiredNodes } from './node-affinity.ts';
import { isTolerated, toleranceOf } from './tolerations.ts';

/** The nodes that a pod can be scheduled to, as far as node selectors, required node affinity and taints decide that; each number counts nodes. */
export type UsableNodes = {
  readonly usable: number;
  /** Those that report any handler at all. */
  readonly reporting: number;
  /** How many list a handler, by handler. */
  readonly listing: ReadonlyMap<string, number>;
  /** How many list a handler with a feature, by handler. */
  readonly featured: Readonly<Record<HandlerFeature, ReadonlyMap<string, number>>>;
};

/** What a node says of a handler, and a pod may ask for. */
export type HandlerFeature = 'userNamespaces' | 'recursiveReadOnlyMounts';

type PodSpec = NonNullable<Pod['spec']>;

/** What of a class or a pod decides where it may be scheduled to. */
type Placement = Pick<PodSpec, 'nodeSelector' | 'tolerations' | 'affinity'> | null | undefined;

/** Nodes that have the same taints and report the same handlers: a cluster of thousands has some tens of such kinds. */
type NodeKind = { readonly model: Node; readonly handlers: Handlers };

/** The features of each handler that a node reports. */
type Handlers = ReadonlyMap<string, readonly HandlerFeature[]>;

/**
 * So many characters of labels and tolerations are looked at, of a pod and of its class each: several times what one
 * has. What is longer is not worth the work for a hint.
 */
const maxCharacters = 4_096;

/** What a number of names costs beside their characters, so that empty ones are bounded too. */
const charactersAnEntry = 16;

/**
 * What a placement asks for, as a text by which the answer can be remembered; undefined where it asks for too much to be
 * looked at. Stops reading where that is clear, and reads nothing that does not decide.
 */
export function placementKey(placement: Placement): string | undefined {
  let left = maxCharacters;
  const takes = (...texts: readonly (string | null | undefined)[]) => {
    left -= texts.reduce((sum, text) => sum + (text?.length ?? 0), charactersAnEntry);
    return left >= 0;
  };
  const selector = placement?.nodeSelector ?? {};
  const tolerations = placement?.tolerations ?? [];
  const required = requiredNodes(placement ?? {});
  const labels = Object.keys(selector);
  if (!labels.every((label) => takes(label, selector[label]))) return undefined;
  if (!tolerations.every(({ key, operator, value, effect }) => takes(key, operator, value, effect))) return undefined;
  const terms = required?.nodeSelectorTerms ?? [];
  const listsOf = ({ matchExpressions, matchFields }: NodeSelectorTerm) => [matchExpressions ?? [], matchFields ?? []];
  const takesAll = (requirements: readonly NodeSelectorRequirement[]) =>
    requirements.every(({ key, operator, values }) => takes(key, operator, ...(values ?? [])));
  if (!terms.every((term) => takes() && listsOf(term).every(takesAll))) return undefined;
  const read = (requirements: readonly NodeSelectorRequirement[]) =>
    requirements.map(({ key, operator, values }) => [key, operator, values]);
  return JSON.stringify([
    selector,
    (required ?? undefined) && terms.map((term) => listsOf(term).map(read)),
    tolerations.map(({ key, operator, value, effect }) => [key, operator, value, effect]),
  ]);
}

/**
 * Indexes nodes for the question which of them a pod of a class can use. The answer is that of the class's scheduling
 * and the pod's own together; undefined where one of them asks for too much. It costs a look at the kinds of nodes, each of
 * which stands for all with its taints and handlers, and, with a node selector, at the nodes with the rarest of the labels,
 * found by an index of that label which is made once. Whoever gets new nodes makes a new index.
 */
export function indexUsableNodes(
  nodes: readonly Node[],
): (runtimeClass: RuntimeClass | undefined, spec: PodSpec) => UsableNodes | undefined {
  const nodesByLabel = new Map<string, ReadonlyMap<string | undefined, readonly Node[]>>();
  let knownLabels: ReadonlySet<string> | undefined;
  const kinds = kindsOf(nodes);
  const all = countKinds(nodes, kinds);

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
    const scheduling = runtimeClass?.scheduling;
    if (placementKey(scheduling) === undefined || placementKey(spec) === undefined) return undefined;
    const selector = [scheduling, spec].flatMap((one) => Object.entries(one?.nodeSelector ?? {}));
    const tolerates = toleranceOf([scheduling, spec].flatMap((one): readonly Toleration[] => one?.tolerations ?? []));
    const isLetOn = requiredNodeAffinity(spec);
    if (isLetOn === undefined) return undefined;
    const isPicky = selector.length > 0 || (requiredNodes(spec) ?? undefined) !== undefined;
    const rarest = selector
      .map(([label, value]) => nodesWith(label, value))
      .reduce((fewest, one) => (one.length < fewest.length ? one : fewest), nodes);
    const counts = !isPicky
      ? all
      : countKinds(
          rarest.filter((node) => selector.every(([label, value]) => labelOf(node, label) === value) && isLetOn(node)),
          kinds,
        );
    return sum([...counts].filter(([{ model }]) => isTolerated(model, tolerates)));
  };
}

function kindsOf(nodes: readonly Node[]): ReadonlyMap<Node, NodeKind> {
  const known = new Map<string, NodeKind>();
  return new Map(
    nodes.map((node) => {
      const reported = node.status?.runtimeHandlers ?? [];
      const handlers = new Map(reported.map(({ name, features }) => [name ?? '', featuresOf(features)]));
      const taints = (node.spec?.taints ?? []).map(({ key, value, effect }) => [key, value, effect]);
      const name = JSON.stringify([taints, [...handlers]]);
      let kind = known.get(name);
      if (kind === undefined) known.set(name, (kind = { model: node, handlers }));
      return [node, kind];
    }),
  );
}

function featuresOf(features: RuntimeHandler['features']): readonly HandlerFeature[] {
  return handlerFeatures.filter((feature) => features?.[feature] === true);
}

const handlerFeatures: readonly HandlerFeature[] = ['userNamespaces', 'recursiveReadOnlyMounts'];

function countKinds(nodes: readonly Node[], kinds: ReadonlyMap<Node, NodeKind>): ReadonlyMap<NodeKind, number> {
  const counts = new Map<NodeKind, number>();
  for (const node of nodes) {
    const kind = kinds.get(node);
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function sum(counts: readonly (readonly [NodeKind, number])[]): UsableNodes {
  const listing = new Map<string, number>();
  const featured = {
    userNamespaces: new Map<string, number>(),
    recursiveReadOnlyMounts: new Map<string, number>(),
  };
  const add = (to: Map<string, number>, handler: string, count: number) => {
    to.set(handler, (to.get(handler) ?? 0) + count);
  };
  let usable = 0;
  let reporting = 0;
  for (const [{ handlers }, count] of counts) {
    usable += count;
    if (handlers.size > 0) reporting += count;
    for (const [handler, features] of handlers) {
      add(listing, handler, count);
      for (const feature of features) add(featured[feature], handler, count);
    }
  }
  return { usable, reporting, listing, featured };
}

function labelOf({ metadata }: Node, label: string): string | undefined {
  const labels = metadata?.labels ?? {};
  return Object.hasOwn(labels, label) ? labels[label] : undefined;
}
