import { finding } from '../../finding/finding.ts';
import { quote } from '../../finding/quote.ts';
import { isOnNoNode } from '../node-handlers.ts';
import { nothing, type Check } from './check.ts';
import { resolveHandler } from '../resolve-handler.ts';
import { classNameOf, newPodOf, podPrefix } from '../review.ts';

/**
 * A pod's own nodeSelector and tolerations, together with its class's scheduling, should leave it a node with the
 * handler. Nodes come and go, so that this is a warning; and one that does not report its handlers may have any. A
 * required node affinity is not looked at: it can only leave the pod fewer nodes.
 */
export const podNodes: Check = {
  id: 'pod-nodes',
  codes: ['NoUsableNodeHasHandler'],
  evaluate: (review, world) => {
    const pod = newPodOf(review);
    if (pod === undefined) return nothing;
    const { spec } = pod;
    const className = classNameOf(pod);
    const runtimeClass = className === undefined ? undefined : world.runtimeClass(className);
    // A pod that names its node passes the scheduler by, and with it selectors and most taints.
    if (className === undefined || runtimeClass === undefined || (spec?.nodeName ?? '') !== '') return nothing;
    const { handler, shim } = resolveHandler(runtimeClass, world);
    // Both are told of the class already.
    if (shim === undefined || isOnNoNode(world.handlerPresence(runtimeClass))) return nothing;
    const { usable, reporting, listing } = world.usableNodes(runtimeClass, spec ?? {});
    if (usable === 0 || reporting < usable || listing.has(handler)) return nothing;
    const nodes =
      usable === 1
        ? 'the only node that the pod can use does not have it'
        : `none of the ${usable} nodes that the pod can use has it`;
    const link = `handler ${quote(handler)}, and ${nodes}.`;
    const message = `${review.object} -> RuntimeClass ${quote(className)} -> ${link}`;
    const brief = { message: `${review.object} -> ${link}` };
    return { findings: [finding('NoUsableNodeHasHandler', { field: `${podPrefix(review)}spec`, message, brief })] };
  },
};
