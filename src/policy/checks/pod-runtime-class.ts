import type { FindingCode } from '../../finding/codes.ts';
import { finding } from '../../finding/finding.ts';
import type { Predicate } from '../../finding/statement.ts';
import type { PodCase } from '../case.ts';
import { adviceForUnknownClass } from '../class-advice.ts';
import { noneOfUsable, usableWithoutHandler } from '../nodes-of-pod.ts';
import { handlerCodes, type HandlerFinding } from '../resolve-handler.ts';
import { nothing, type PodCheck } from './check.ts';

/** What is found about a class and its author, and not about its pods. */
const aboutClassesOnly: ReadonlySet<FindingCode> = new Set([
  'DeclaredShimDiffers',
  'HandlerWithoutFeatures',
  'ImplicitShim',
  'NodesContradictTable',
  'NodesDisagree',
]);

const noSuchClass: Predicate = { kind: 'predicate', links: 1, about: 0, text: ': no such RuntimeClass' };

/** A pod's class must lead to a shim: pod -> class -> handler -> shim, or the message says where the chain breaks. */
export const podRuntimeClass: PodCheck = {
  id: 'pod-runtime-class',
  about: 'pods',
  reads: [],
  codes: ['RuntimeClassNotFound', ...handlerCodes.filter((code) => !aboutClassesOnly.has(code))],
  // Where the pod can be scheduled to only makes a finding worse that is there.
  evaluate: (given) => {
    const { subject, prefix, isNew, followed } = given;
    // The class of a pod is immutable, and what was let in once may not be stuck because the world changed since.
    const { className, handler, findings } = followed;
    if (!isNew || className === undefined) return nothing;
    const field = `${prefix}spec.runtimeClassName`;
    if (handler === undefined) {
      const advice = adviceForUnknownClass(className, given);
      return { findings: [finding('RuntimeClassNotFound', { field, subject, statement: noSuchClass, ...advice })] };
    }
    const concerning = findings.filter(({ concernsPods }) => concernsPods);
    if (concerning.length === 0) return nothing;
    return {
      findings: concerning.map((found) => {
        const { code, severity, flaw, fix, shortFix } = ofThisPod(found, given);
        return finding(code, {
          field,
          severity,
          subject,
          statement: { kind: 'handler', handler, links: 2, flaw },
          fix,
          ...(shortFix !== undefined && { shortFix }),
        });
      }),
    };
  },
};

/**
 * Where undeclaredHandlers is `reported`, a pod is denied by the nodes that it can use itself. Were those of its class asked,
 * a pool that grows only for a pod that waits could never get its first node.
 */
function ofThisPod(found: HandlerFinding, given: PodCase): HandlerFinding {
  const { flaw } = found;
  if (flaw.is !== 'undeclared' || given.world.configuration.undeclaredHandlers !== 'reported') return found;
  const usable = usableWithoutHandler(given);
  return usable === undefined
    ? found
    : { ...found, severity: 'error', flaw: { ...flaw, isReported: false, nodes: noneOfUsable(usable) } };
}
