import { annotationField } from '../finding/field-path.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quoteUnlessPlain } from '../finding/quote.ts';
import { guardedKey, shortWhy, untrustedWorkloadAnnotation } from '../shim/guarded-keys.ts';
import { isManagedKey } from '../shim/managed-annotations.ts';
import { nothing, type Policy } from './policy.ts';
import type { World } from './world.ts';

/** What is said stays readable, and the work bounded. */
const maxFindings = 16;

/**
 * The API server merges a binding's annotations into the pod, past whatever was judged when the pod was created. A binding
 * does not say what pod it means but by name, and a scheduler has no reason to write such keys: so none that is managed,
 * guarded or that of the untrusted workload may be in one, whatever the pod's runtime allows.
 *
 * Source: Kubernetes, pkg/registry/core/pod/storage/storage.go, setPodNodeAndMetadata.
 */
export const bindingAnnotations: Policy = {
  id: 'binding-annotations',
  codes: ['BindingAnnotation'],
  evaluate: ({ subject, object, operation }, world) => {
    if (subject.kind !== 'Binding' || operation !== 'CREATE') return nothing;
    const refused = Object.keys(subject.annotations).flatMap((key) => {
      const why = whyRefused(key, world);
      return why === undefined ? [] : [{ key, why }];
    });
    const findings: Finding[] = refused.slice(0, maxFindings).map(({ key, why }) =>
      finding('BindingAnnotation', {
        field: annotationField(key),
        message: `${object}: annotation ${quoteUnlessPlain(key)} would be merged into the pod, where it ${why}.`,
      }),
    );
    if (refused.length > maxFindings) {
      const message = `${object}: ${refused.length - maxFindings} more of its annotations may not be in a binding.`;
      findings.push(finding('BindingAnnotation', { field: 'metadata.annotations', message }));
    }
    return { findings };
  },
};

/** The end of a sentence that begins with the key. */
function whyRefused(key: string, { configuration }: World): string | undefined {
  if (isManagedKey(key, undefined, configuration)) return 'is for shimgate alone to write';
  if (key === untrustedWorkloadAnnotation) return 'chooses the runtime "untrusted"';
  const guarded = guardedKey(key);
  if (guarded !== undefined) return `is guarded (${shortWhy(guarded)})`;
  const isDeclared = [...configuration.runtimes.values()].some(
    ({ annotations }) => annotations !== undefined && Object.hasOwn(annotations, key),
  );
  return isDeclared ? 'is for a runtime of the configuration to declare' : undefined;
}
