import type { PodCase } from './case.ts';

/**
 * How many nodes a new pod can use, where all of them report their handlers and none has the pod's. Undefined where one may
 * have it, and where no node is there: that one may be made for this very pod. So is a pod that names its node, which
 * passes the scheduler by, and with it selectors and most taints.
 */
export function usableWithoutHandler({ pod, world, followed }: PodCase): number | undefined {
  const { handler } = followed;
  if (handler === undefined || (pod.spec?.nodeName ?? '') !== '') return undefined;
  const nodes = world.usableNodes(followed, pod.spec ?? {});
  if (nodes === undefined || nodes.usable === 0) return undefined;
  const { usable, reporting, listing } = nodes;
  return reporting < usable || listing.has(handler) ? undefined : usable;
}

/** What the nodes are that a pod can use, as a clause. @param usable as `usableWithoutHandler` counts them */
export function noneOfUsable(usable: number): string {
  return usable === 1
    ? 'the only node that the pod can use does not have it'
    : `none of the ${usable} nodes that the pod can use has it`;
}
