import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quoteUnlessPlain } from '../../finding/quote.ts';
import { guardedKey, shortWhy, untrustedWorkloadAnnotation } from '../../shim/guarded-keys.ts';
import { isManagedKey } from '../../shim/managed-annotations.ts';
import { nothing, type BindingCheck } from './check.ts';
import type { World } from '../world.ts';

/** What is said stays readable, and the work bounded. */
const maxFindings = 16;

/**
 * The API server merges a binding's annotations into the pod, past whatever was judged when the pod was created. A binding
 * does not say what pod it means but by name, and a scheduler has no reason to write such keys: so none that is managed,
 * guarded or that of the untrusted workload may be in one, whatever the pod's runtime allows.
 *
 * Source: Kubernetes, pkg/registry/core/pod/storage/storage.go, setPodNodeAndMetadata.
 */
export const bindingAnnotations: BindingCheck = {
  id: 'binding-annotations',
  about: 'bindings',
  codes: ['BindingAnnotation'],
  evaluate: ({ review, world, subject, annotations }) => {
    if (review.operation !== 'CREATE') return nothing;
    const refused = Object.keys(annotations).flatMap((key) => {
      const refusal = whyRefused(key, world);
      return refusal === undefined ? [] : [{ key, ...refusal }];
    });
    const findings: Finding[] = refused.slice(0, maxFindings).map(({ key, why, fix }) => {
      const text = `: annotation ${quoteUnlessPlain(key)} would be merged into the pod`;
      return finding('BindingAnnotation', {
        field: annotationField(key),
        subject,
        statement: { kind: 'predicate', links: 0, text, detail: `, where it ${why}` },
        fix,
      });
    });
    if (refused.length > maxFindings) {
      const text = `: ${refused.length - maxFindings} more of its annotations may not be in a binding`;
      findings.push(
        finding('BindingAnnotation', {
          field: 'metadata.annotations',
          subject,
          statement: { kind: 'predicate', links: 0, text },
        }),
      );
    }
    return { findings };
  },
};

const leaveOut = 'Leave it out of the binding.';
const setOnPod = 'Set it on the pod instead, where it is judged.';

/** Why is the end of a sentence that begins with the key. */
function whyRefused(key: string, { configuration }: World): { readonly why: string; readonly fix: string } | undefined {
  if (isManagedKey(key, undefined, configuration)) return { why: 'is for shimgate alone to write', fix: leaveOut };
  if (key === untrustedWorkloadAnnotation) return { why: 'chooses the runtime "untrusted"', fix: setOnPod };
  const guarded = guardedKey(key);
  if (guarded !== undefined) return { why: `is guarded (${shortWhy(guarded)})`, fix: setOnPod };
  const isDeclared = [...configuration.runtimes.values()].some(
    ({ annotations }) => annotations !== undefined && Object.hasOwn(annotations, key),
  );
  return isDeclared ? { why: 'is for a runtime of the configuration to declare', fix: leaveOut } : undefined;
}
