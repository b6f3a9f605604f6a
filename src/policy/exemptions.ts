import { isDeniedInEveryMode } from '../finding/codes.ts';
import { annotationField } from '../finding/field-path.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../finding/quote.ts';
import type { Exemptions } from '../generated/configuration.ts';
import { isShimgateKey } from '../shim/managed-annotations.ts';
import { boundedFindings } from './bounded-findings.ts';
import type { AnnotationEdits } from './checks/check.ts';
import { annotationsOf, classNameOf, isMirrorPod, type Review } from './review.ts';
import type { World } from './world.ts';

/** Why a request is exempt. */
export type Exemption = 'namespace' | 'user' | 'class';

/**
 * Why no rule but the path rules applies to a request: its namespace, its user, or its class, which is that of a pod or
 * template, or the RuntimeClass itself. All by their exact names, as in Kubernetes' pod security admission.
 */
export function exemptionOf(review: Review, { configuration }: World): Exemption | undefined {
  const { namespaces, usernames, runtimeClassNames }: Exemptions = configuration.exemptions;
  const isOneOf = (names: readonly string[] | undefined, name: string | undefined) =>
    name !== undefined && name !== '' && names !== undefined && names.length > 0 && names.includes(name);
  if (isOneOf(namespaces, review.namespace)) return 'namespace';
  if (isOneOf(usernames, review.username)) return 'user';
  return isOneOf(runtimeClassNames, classConcerned(review)) ? 'class' : undefined;
}

/**
 * What is left of a request's outcome. Of the findings, the path rules': a name that is a path would hand out root on the
 * host, whoever asks. Of the annotations none is written. But what stands under shimgate.dev/ is shimgate's word wherever
 * it stands, so an exempt pod may not bring its own: on CREATE it is removed, on UPDATE it stays as it was.
 */
export function whatExemptionLeaves(
  review: Review,
  { findings, edits }: { readonly findings: readonly Finding[]; readonly edits: AnnotationEdits },
): { readonly findings: readonly Finding[]; readonly edits: AnnotationEdits } {
  const { subject, operation, phase } = review;
  const denied = findings.filter(({ code }) => isDeniedInEveryMode(code));
  if (subject.kind !== 'Pod' || phase !== 'mutating') return { findings: denied, edits: new Map() };
  if (operation !== 'CREATE') {
    const restored = new Map([...edits].filter(([key]) => isShimgateKey(key)));
    const fields = new Set([...restored.keys()].map((key) => annotationField(key)));
    const told = findings.filter(({ code, field }) => code === 'ManagedAnnotationRestored' && fields.has(field));
    return { findings: [...denied, ...told], edits: restored };
  }
  // A mirror pod already runs: writing to its image in the API server would tell a tale.
  if (isMirrorPod(review)) return { findings: denied, edits: new Map() };
  const claims = Object.entries(annotationsOf(subject.pod)).filter(([key]) => isShimgateKey(key));
  const told = claims.map(([key, value]) => {
    const message = `${review.object}: annotation ${quoteUnlessPlain(key)}: ${quote(value)} is removed: only shimgate writes this key.`;
    return finding('ManagedAnnotationReplaced', { field: annotationField(key), message });
  });
  return {
    findings: [...denied, ...boundedFindings(told, review.object)],
    edits: new Map(claims.map(([key]) => [key, null])),
  };
}

function classConcerned({ subject }: Review): string | undefined {
  switch (subject.kind) {
    case 'Pod':
    case 'template':
      return classNameOf(subject.pod);
    case 'RuntimeClass':
      return subject.runtimeClass.metadata?.name ?? undefined;
    case 'Binding':
    case 'other':
      return undefined;
  }
}
