import type { FullAdmission } from '../admission/admit-in-full.ts';
import { fieldPath, type PathSegment } from '../finding/field-path.ts';
import { validatePod } from '../generated/validate-objects.ts';
import type { Review } from '../policy/review.ts';
import { tableOf, valueAt, type ManifestValue } from './manifest-value.ts';

/** Deeper than templates of pods lie: a JobSet's is nine levels down. */
const maxDepth = 16;

/** More templates than one object of any kind has. */
const maxTemplates = 64;

/** A review of one template, and where its pod spec really stands. */
export type TemplateReview = { readonly review: Review; readonly place: string; readonly prefix: string };

/**
 * Reviews of what an object of another kind says of pods: whatever has a `runtimeClassName`, with the annotations that stand
 * beside it, as in a Service of Knative, a JobSet, a PipelineRun of Tekton, or an executor of Spin. No webhook is asked about
 * these; what their controllers make is, and then nobody is there to read the answer.
 *
 * @param review of the object as a whole
 */
export function templateReviews(object: ManifestValue, review: Review): readonly TemplateReview[] {
  if (review.subject.kind !== 'other') return [];
  return podSpecsIn(object.value, [])
    .slice(0, maxTemplates)
    .flatMap((path) => {
      const isSpec = path.at(-1) === 'spec';
      const above = isSpec ? path.slice(0, -1) : path;
      const pod = {
        metadata: tableOf(isSpec ? valueAt(object.value, [...above, 'metadata']) : undefined) ?? {},
        spec: valueAt(object.value, path),
      };
      // Another program's object may have other types there than a pod has.
      if (!validatePod(pod)) return [];
      const prefix = above.length === 0 ? '' : `${fieldPath(above)}.`;
      const shown = above.length === 0 ? review.object : `${review.object} (${fieldPath(above)})`;
      const subject = { kind: 'template' as const, pod, old: undefined, prefix };
      return [{ review: { ...review, subject, object: shown }, place: fieldPath(path), prefix }];
    });
}

/** What was found about a template, with the fields where they really are: a pod spec is not called `spec` everywhere. */
export function atItsPlace({ findings }: FullAdmission, { place, prefix }: TemplateReview): FullAdmission['findings'] {
  const usual = `${prefix}spec`;
  return findings.map((found) =>
    found.field === usual || found.field.startsWith(`${usual}.`)
      ? { ...found, field: `${place}${found.field.slice(usual.length)}` }
      : found,
  );
}

/** The paths of all tables that say which class pods run with. */
function podSpecsIn(value: unknown, path: readonly PathSegment[]): readonly (readonly PathSegment[])[] {
  if (path.length > maxDepth || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => podSpecsIn(item, [...path, index]));
  const table = tableOf(value) ?? {};
  const own = typeof table['runtimeClassName'] === 'string' ? [path] : [];
  return [...own, ...Object.entries(table).flatMap(([key, entry]) => podSpecsIn(entry, [...path, key]))];
}
