import type { FindingCode } from '../../finding/codes.ts';
import { finding } from '../../finding/finding.ts';
import { quote } from '../../finding/quote.ts';
import { nothing, type Check } from './check.ts';
import { chained, handlerCodes, resolveHandler } from '../resolve-handler.ts';
import { classNameOf, newPodOf, podPrefix } from '../review.ts';

/** What is found about a class and its author, and not about its pods. */
const aboutClassesOnly: ReadonlySet<FindingCode> = new Set([
  'DeclaredShimDiffers',
  'HandlerWithoutFeatures',
  'ImplicitShim',
]);

/** A pod's class must lead to a shim: pod -> class -> handler -> shim, or the message says where the chain breaks. */
export const podRuntimeClass: Check = {
  id: 'pod-runtime-class',
  codes: ['RuntimeClassNotFound', ...handlerCodes.filter((code) => !aboutClassesOnly.has(code))],
  evaluate: (review, world) => {
    // The class of a pod is immutable, and what was let in once may not be stuck because the world changed since.
    const pod = newPodOf(review);
    const className = pod === undefined ? undefined : classNameOf(pod);
    if (className === undefined) return nothing;

    const field = `${podPrefix(review)}spec.runtimeClassName`;
    const chain = () => `${review.object} -> RuntimeClass ${quote(className)}`;
    const runtimeClass = world.runtimeClass(className);
    if (runtimeClass === undefined) {
      return { findings: [finding('RuntimeClassNotFound', { field, message: `${chain()}: no such RuntimeClass.` })] };
    }
    const { handler, shim, findings } = resolveHandler(runtimeClass, world);
    return {
      shim,
      findings: findings
        .filter(({ concernsPods }) => concernsPods)
        .map((found) => {
          const { code, severity, fix } = found;
          return finding(code, { field, severity, fix, ...chained(`${chain()} -> handler ${quote(handler)}`, found) });
        }),
    };
  },
};
