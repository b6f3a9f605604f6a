import type { Node, RuntimeClass } from '../generated/objects.ts';
import { runcShim } from '../shim/options.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import { alikeAtPulls, type AlikeNodes } from './node-pulls.ts';
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

/** Looks through nodes for what they report about a class's handler. */
export function countNodes(nodes: readonly Node[], { handler = '', scheduling }: RuntimeClass): HandlerPresence {
  const selector = scheduling?.nodeSelector ?? {};
  const wanted = Object.keys(selector);
  const tolerates = toleranceOf(scheduling?.tolerations ?? []);
  const selected = nodes.filter(({ metadata }) => {
    const labels = metadata?.labels ?? {};
    return wanted.every((key) => Object.hasOwn(labels, key) && labels[key] === selector[key]);
  });
  return {
    selected: selected.length,
    reachable: selected.filter((node) => isTolerated(node, tolerates)).length,
    reporting: selected.filter((node) => handlersOf(node).length > 0).length,
    listing: selected.filter((node) => handlersOf(node).some(({ name }) => name === handler)).length,
    featurelessNode: selected.find((node) => isFeatureless(node, handler))?.metadata?.name ?? undefined,
    atPulls: alikeAtPulls(selected),
  };
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

function isFeatureless(node: Node, handler: string): boolean {
  const handlers = handlersOf(node);
  const own = handlers.find(({ name }) => name === handler);
  return own?.hasFeature === false && handlers.some(({ hasFeature }) => hasFeature);
}
