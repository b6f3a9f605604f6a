import type { FindingCode } from '../finding/codes.ts';
import { finding } from '../finding/finding.ts';
import { quote } from '../finding/quote.ts';
import { nothing, type Policy } from './policy.ts';
import { handlerCodes, resolveHandler } from './resolve-handler.ts';
import { classNameOf } from './review.ts';

/** What is found about a class and its author, and not about its pods. */
const aboutClassesOnly: ReadonlySet<FindingCode> = new Set([
  'DeclaredShimDiffers',
  'HandlerWithoutFeatures',
  'ImplicitShim',
]);

/** A pod's class must lead to a shim: pod -> class -> handler -> shim, or the message says where the chain breaks. */
export const podRuntimeClass: Policy = {
  id: 'pod-runtime-class',
  codes: ['RuntimeClassNotFound', ...handlerCodes.filter((code) => !aboutClassesOnly.has(code))],
  evaluate: (review, world) => {
    const { subject, operation } = review;
    if (subject.kind !== 'Pod' && subject.kind !== 'template') return nothing;
    // The class of a pod is immutable, and what was let in once may not be stuck because the world changed since.
    if (subject.kind === 'Pod' && operation !== 'CREATE') return nothing;
    const className = classNameOf(subject.pod);
    if (className === undefined) return nothing;

    const field = `${subject.kind === 'template' ? subject.prefix : ''}spec.runtimeClassName`;
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
        .map(({ code, severity, ending, brief, fix }) => {
          const link = `handler ${quote(handler)}`;
          return finding(code, {
            field,
            severity,
            fix,
            message: `${chain()} -> ${link}${ending}`,
            brief: { fix, ...brief, message: `${chain()} -> ${link}${brief?.ending ?? ending}` },
          });
        }),
    };
  },
};
