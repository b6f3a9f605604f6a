import { finding } from '../../finding/finding.ts';
import type { Predicate } from '../../finding/statement.ts';
import type { PodCase } from '../case.ts';
import { isOnNoNode } from '../node-handlers.ts';
import { noneOfUsable, usableWithoutHandler } from '../nodes-of-pod.ts';
import { nothing, type PodCheck } from './check.ts';

/**
 * A pod's own nodeSelector, required node affinity and tolerations, together with its class's scheduling, should leave it
 * a node with the handler. Nodes come and go, so that this is a warning; and one that does not report its handlers may have
 * any.
 */
export const podNodes: PodCheck = {
  id: 'pod-nodes',
  about: 'pods',
  reads: [],
  codes: ['NoUsableNodeHasHandler'],
  isSettled: (given) => !dependsOnPlacement(given),
  evaluate: (given) => {
    const { subject, prefix, isNew } = given;
    if (!isNew || !dependsOnPlacement(given)) return nothing;
    const usable = usableWithoutHandler(given);
    if (usable === undefined) return nothing;
    const text = `, and ${noneOfUsable(usable)}`;
    const statement: Predicate = { kind: 'predicate', links: 2, about: 1, text };
    return { findings: [finding('NoUsableNodeHasHandler', { field: `${prefix}spec`, subject, statement })] };
  },
};

/** Whether it may depend on where a pod can be scheduled to. */
function dependsOnPlacement({ world, followed: { shim, presence } }: PodCase): boolean {
  // Both are said of the class already.
  if (shim === undefined || presence === undefined || isOnNoNode(presence)) return false;
  // So it is of a handler that nobody declares, where pods are denied for that.
  if (shim.source === 'node' && world.configuration.undeclaredHandlers === 'reported') return false;
  // Where all of the class's nodes have the handler, or none reports, so it is with those of them that the pod can use.
  return presence.listing !== presence.selected && presence.reporting !== 0;
}
