import type { Node, RuntimeClass } from '../generated/objects.ts';
import { runcShim } from '../shim/options.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import { pullKinds, type AlikeNodes, type PullKind } from './node-pulls.ts';
import { countSaid, nothingSaid, type SaidOfHandler, type TableCounter } from './node-tables.ts';
import { isTolerated, toleranceOf } from './tolerations.ts';

/** What nodes report about one handler; each number counts nodes. */
export type HandlerPresence = {
  /** Nodes that the class's nodeSelector picks. */
  readonly selected: number;
  /** Those of them whose taints the class tolerates: pods of the class can run there as it stands. */
  readonly reachable: number;
  /** Selected nodes that report any handler at all; old kubelets and runtimes report none. */
  readonly reporting: number;
  /** Selected nodes that list this handler. */
  readonly listing: number;
  /** A selected node that lists it without a feature, while another handler of that node has one. */
  readonly featurelessNode: string | undefined;
  /** The selected nodes, by what they do with a pull. */
  readonly atPulls: readonly AlikeNodes[];
  /** What those whose taints the class tolerates say themselves of this handler, in their NodeRuntimes. */
  readonly said: SaidOfHandler;
};

/** Whether the nodes prove that no pod of the class can start: all that it can use report, and none has the handler. */
export function isOnNoNode({ selected, reachable, reporting, listing }: HandlerPresence): boolean {
  return reachable > 0 && reporting === selected && listing === 0;
}

/** What nodes report, without what they say themselves. */
type Reported = Omit<HandlerPresence, 'said'>;

/** So many classes are remembered by an index, more than any cluster has; beyond, memory begins anew. */
const maxClasses = 1_000;

/**
 * Reads once what nodes report, for the question what the nodes that a class can use report about its handler. Whoever gets
 * a node that is new or changed makes another index; what nodes say themselves may change meanwhile.
 */
export function indexHandlers(
  nodes: readonly Node[],
): (runtimeClass: RuntimeClass, tables?: TableCounter) => HandlerPresence {
  const report = indexReports(nodes);
  const reported = new Map<RuntimeClass, Reported>();
  const reachable = new Map<string, readonly string[]>();
  /** The same list for all classes with the same scheduling. */
  const reachableBy = ({ scheduling }: RuntimeClass): readonly string[] => {
    const key = JSON.stringify([scheduling?.nodeSelector, scheduling?.tolerations]);
    let names = reachable.get(key);
    if (names === undefined) reachable.set(key, (names = reachableNodes(nodes, scheduling)));
    return names;
  };
  return (runtimeClass, tables) => {
    if (reported.size >= maxClasses || reachable.size >= maxClasses) {
      reported.clear();
      reachable.clear();
    }
    let known = reported.get(runtimeClass);
    if (known === undefined) reported.set(runtimeClass, (known = report(runtimeClass)));
    if (tables === undefined) return { ...known, said: nothingSaid };
    return { ...known, said: countSaid(tables(reachableBy(runtimeClass)), runtimeClass.handler ?? '') };
  };
}

function reachableNodes(nodes: readonly Node[], scheduling: RuntimeClass['scheduling']): readonly string[] {
  const isSelected = selectorOf(scheduling);
  const tolerates = toleranceOf(scheduling?.tolerations ?? []);
  return nodes
    .filter((node) => isSelected(node) && isTolerated(node, tolerates))
    .map(({ metadata }) => metadata?.name ?? '');
}

/** Whether a class's nodeSelector picks a node. */
function selectorOf(scheduling: RuntimeClass['scheduling']): (node: Node) => boolean {
  const selector = Object.entries(scheduling?.nodeSelector ?? {});
  return ({ metadata }) => {
    const labels = metadata?.labels ?? {};
    return selector.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
  };
}

function indexReports(nodes: readonly Node[]): (runtimeClass: RuntimeClass) => Reported {
  const kindOf = reportKinds();
  const reports = nodes.map((node): NodeReport => ({ node, kind: kindOf(node) }));
  const all = groupByKind(reports);
  return (runtimeClass) => {
    const { scheduling } = runtimeClass;
    if (Object.keys(scheduling?.nodeSelector ?? {}).length === 0) return count(all, runtimeClass);
    const isSelected = selectorOf(scheduling);
    return count(groupByKind(reports.filter(({ node }) => isSelected(node))), runtimeClass);
  };
}

/** Nodes that have the same taints and report the same: a cluster of thousands has some tens of such kinds. */
type ReportKind = {
  /** One of them, which has the taints of all. */
  readonly model: Node;
  /** Whether a handler has any feature, by handler. */
  readonly handlers: ReadonlyMap<string, boolean>;
  readonly hasFeature: boolean;
  readonly pulls: PullKind;
};

type NodeReport = { readonly node: Node; readonly kind: ReportKind };

/** Nodes of a kind: how many, and the first one. */
type Group = { readonly size: number; readonly first: Node };

function reportKinds(): (node: Node) => ReportKind {
  const pullKindOf = pullKinds();
  const byPulls = new Map<PullKind, Map<string, ReportKind>>();
  return (node) => {
    const pulls = pullKindOf(node);
    const known = byPulls.get(pulls) ?? new Map<string, ReportKind>();
    byPulls.set(pulls, known);
    const name = JSON.stringify([node.spec?.taints, node.status?.runtimeHandlers]);
    let kind = known.get(name);
    if (kind === undefined) {
      const handlers = new Map(handlersOf(node).map((handler) => [handler.name, handler.hasFeature]));
      kind = { model: node, handlers, hasFeature: [...handlers.values()].includes(true), pulls };
      known.set(name, kind);
    }
    return kind;
  };
}

/** Groups nodes in the order of the first of each kind. */
function groupByKind(reports: readonly NodeReport[]): ReadonlyMap<ReportKind, Group> {
  const groups = new Map<ReportKind, Group>();
  for (const { node, kind } of reports) {
    const { size, first } = groups.get(kind) ?? { size: 0, first: node };
    groups.set(kind, { size: size + 1, first });
  }
  return groups;
}

function count(groups: ReadonlyMap<ReportKind, Group>, { handler = '', scheduling }: RuntimeClass): Reported {
  const tolerates = toleranceOf(scheduling?.tolerations ?? []);
  let [selected, reachable, reporting, listing] = [0, 0, 0, 0];
  let featurelessNode: string | undefined;
  const atPulls = new Map<PullKind, AlikeNodes>();
  for (const [{ model, handlers, hasFeature, pulls }, { size, first }] of groups) {
    const own = handlers.get(handler);
    const name = first.metadata?.name ?? undefined;
    selected += size;
    if (isTolerated(model, tolerates)) reachable += size;
    if (handlers.size > 0) reporting += size;
    if (own !== undefined) listing += size;
    if (own === false && hasFeature) featurelessNode ??= name;
    const { count: before, example } = atPulls.get(pulls) ?? { count: 0, example: name ?? '' };
    atPulls.set(pulls, { ...pulls, count: before + size, example });
  }
  return { selected, reachable, reporting, listing, featurelessNode, atPulls: [...atPulls.values()] };
}

/**
 * Whether a shim's features say something by their absence: those of runc's by its name do. Sound shims of gVisor and Kata
 * have none, and containerd up to 2.1 asks none that is known by a path or by a short name.
 */
export function tellsFeatures({ runtimeType, runtimePath }: ShimConfig): boolean {
  return runtimeType === runcShim && runtimePath === undefined;
}

type ReportedHandler = { readonly name: string; readonly hasFeature: boolean };

/** What a node reports of its handlers. */
export function handlersOf(node: Node): readonly ReportedHandler[] {
  return (node.status?.runtimeHandlers ?? []).map(({ name, features }) => ({
    name: name ?? '',
    hasFeature: Object.values(features ?? {}).includes(true),
  }));
}
