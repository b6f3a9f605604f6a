import { finding } from '../../finding/finding.ts';
import type { Predicate } from '../../finding/statement.ts';
import { isOnNoNode } from '../node-handlers.ts';
import { nothing, type PodCheck } from './check.ts';

/**
 * A pod's own nodeSelector and tolerations, together with its class's scheduling, should leave it a node with the
 * handler. Nodes come and go, so that this is a warning; and one that does not report its handlers may have any. A
 * required node affinity is not looked at: it can only leave the pod fewer nodes.
 */
export const podNodes: PodCheck = {
  id: 'pod-nodes',
  about: 'pods',
  codes: ['NoUsableNodeHasHandler'],
  evaluate: ({ pod, world, subject, prefix, isNew, followed }) => {
    const { handler, shim, presence } = followed;
    // A pod that names its node passes the scheduler by, and with it selectors and most taints.
    if (!isNew || handler === undefined || presence === undefined || (pod.spec?.nodeName ?? '') !== '') return nothing;
    // Both are said of the class already.
    if (shim === undefined || isOnNoNode(presence)) return nothing;
    // Where all of the class's nodes have the handler, or none reports, so it is with those of them that the pod can use.
    if (presence.listing === presence.selected || presence.reporting === 0) return nothing;
    const nodes = world.usableNodes(followed, pod.spec ?? {});
    if (nodes === undefined || nodes.usable === 0) return nothing;
    const { usable, reporting, listing } = nodes;
    if (reporting < usable || listing.has(handler)) return nothing;
    const text =
      usable === 1
        ? ', and the only node that the pod can use does not have it'
        : `, and none of the ${usable} nodes that the pod can use has it`;
    const statement: Predicate = { kind: 'predicate', links: 2, about: 1, text };
    return { findings: [finding('NoUsableNodeHasHandler', { field: `${prefix}spec`, subject, statement })] };
  },
};
