import type { Finding } from '../finding/finding.ts';
import type { AnnotationEdits } from '../policy/policy.ts';
import type { World } from '../policy/world.ts';
import { admit } from './admit.ts';
import { annotationPatch, applyEdits, type PatchOperation } from './annotation-patch.ts';
import type { AdmissionRequest } from './decode-review.ts';
import { warningTexts } from './warnings.ts';

/** What becomes of a request once both webhooks have spoken. */
export type FullAdmission = {
  readonly allowed: boolean;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  readonly patch: readonly PatchOperation[];
};

const mutated: ReadonlySet<string> = new Set(['/Pod', 'node.k8s.io/RuntimeClass']);

/**
 * Answers a request as the API server would get it answered: by the mutating webhook, then, with its patch applied, by
 * the validating one. Workloads meet only the validating one.
 *
 * @throws MalformedReviewError where a field of the object that policies read has the wrong type
 */
export function admitInFull(request: AdmissionRequest, world: World): FullAdmission {
  if (!mutated.has(`${request.kind.group ?? ''}/${request.kind.kind}`)) {
    const { verdict } = admit(request, 'validating', world);
    return full(verdict.decision !== 'deny', verdict.findings, verdict.told, request.object, new Map());
  }
  const first = admit(request, 'mutating', world).verdict;
  if (first.decision === 'deny') return full(false, first.findings, first.told, request.object, new Map());
  const { object } = request;
  const patched = object === null || object === undefined ? object : applyEdits(object, first.edits);
  const asked = patched === undefined ? request : { ...request, object: patched };
  const second = admit(asked, 'validating', world).verdict;
  return full(
    second.decision !== 'deny',
    merge(first.findings, second.findings),
    merge(first.told, second.told),
    object,
    first.edits,
  );
}

function full(
  allowed: boolean,
  findings: readonly Finding[],
  told: readonly Finding[],
  object: unknown,
  edits: AnnotationEdits,
): FullAdmission {
  return { allowed, findings, warnings: warningTexts(told), patch: allowed ? annotationPatch(object, edits) : [] };
}

/** Both webhooks find most things alike; each is told once. */
function merge(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  const isKnown = (found: Finding) => first.some((one) => one.code === found.code && one.message === found.message);
  return [...first, ...second.filter((found) => !isKnown(found))];
}
