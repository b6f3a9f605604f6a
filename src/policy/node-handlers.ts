import type { Node, RuntimeClass } from '../generated/objects.ts';
import { runcShim } from '../shim/options.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import { pullKinds, type AlikeNodes, type PullKind } from './node-pulls.ts';
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
};

/** Whether the nodes prove that no pod of the class can start: all that it can use report, and none has the handler. */
export function isOnNoNode({ selected, reachable, reporting, listing }: HandlerPresence): boolean {
  return reachable > 0 && reporting === selected && listing === 0;
}

/**
 * Reads once what nodes report, for the question what the nodes that a class can use report about its handler. Whoever gets
 * a node that is new or changed makes another index.
 */
export function indexHandlers(nodes: readonly Node[]): (runtimeClass: RuntimeClass) => HandlerPresence {
  const kindOf = pullKinds();
  const reports = nodes.map((node): NodeReport => {
    const handlers = new Map(handlersOf(node).map(({ name, hasFeature }) => [name, hasFeature]));
    return { node, handlers, hasFeature: [...handlers.values()].includes(true), pulls: kindOf(node) };
  });
  return (runtimeClass) => count(reports, runtimeClass);
}

type NodeReport = {
  readonly node: Node;
  /** Whether a handler has any feature, by handler. */
  readonly handlers: ReadonlyMap<string, boolean>;
  readonly hasFeature: boolean;
  readonly pulls: PullKind;
};

function count(reports: readonly NodeReport[], { handler = '', scheduling }: RuntimeClass): HandlerPresence {
  const selector = scheduling?.nodeSelector ?? {};
  const wanted = Object.keys(selector);
  const tolerates = toleranceOf(scheduling?.tolerations ?? []);
  const selected = reports.filter(({ node: { metadata } }) => {
    const labels = metadata?.labels ?? {};
    return wanted.every((key) => Object.hasOwn(labels, key) && labels[key] === selector[key]);
  });
  let [reachable, reporting, listing] = [0, 0, 0];
  let featurelessNode: string | undefined;
  const atPulls = new Map<PullKind, AlikeNodes>();
  for (const { node, handlers, hasFeature, pulls } of selected) {
    const own = handlers.get(handler);
    if (isTolerated(node, tolerates)) reachable++;
    if (handlers.size > 0) reporting++;
    if (own !== undefined) listing++;
    if (own === false && hasFeature) featurelessNode ??= node.metadata?.name ?? undefined;
    const { count: before, example } = atPulls.get(pulls) ?? { count: 0, example: node.metadata?.name ?? '' };
    atPulls.set(pulls, { ...pulls, count: before + 1, example });
  }
  return { selected: selected.length, reachable, reporting, listing, featurelessNode, atPulls: [...atPulls.values()] };
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
