import { finding } from '../../finding/finding.ts';
import type { Predicate } from '../../finding/statement.ts';
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
  codes: ['NoUsableNodeHasHandler'],
  evaluate: (given) => {
    const { world, subject, prefix, isNew, followed } = given;
    const { shim, presence } = followed;
    if (!isNew || presence === undefined) return nothing;
    // Both are said of the class already.
    if (shim === undefined || isOnNoNode(presence)) return nothing;
    // So it is of a handler that nobody declares, where pods are denied for that.
    if (shim.source === 'node' && world.configuration.undeclaredHandlers === 'reported') return nothing;
    // Where all of the class's nodes have the handler, or none reports, so it is with those of them that the pod can use.
    if (presence.listing === presence.selected || presence.reporting === 0) return nothing;
    const usable = usableWithoutHandler(given);
    if (usable === undefined) return nothing;
    const text = `, and ${noneOfUsable(usable)}`;
    const statement: Predicate = { kind: 'predicate', links: 2, about: 1, text };
    return { findings: [finding('NoUsableNodeHasHandler', { field: `${prefix}spec`, subject, statement })] };
  },
};
