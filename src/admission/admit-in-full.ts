import type { Finding } from '../finding/finding.ts';
import type { World } from '../policy/world.ts';
import { verdictOn } from './admit.ts';
import { applyVerdict, verdictPatch, type PatchOperation } from './annotation-patch.ts';
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
  const { object } = request;
  if (!mutated.has(`${request.kind.group ?? ''}/${request.kind.kind}`)) {
    const { decision, findings, told } = verdictOn(request, 'validating', world);
    return { allowed: decision !== 'deny', findings, warnings: warningTexts(told), patch: [] };
  }
  const first = verdictOn(request, 'mutating', world);
  if (first.decision === 'deny') {
    return { allowed: false, findings: first.findings, warnings: warningTexts(first.told), patch: [] };
  }
  const asked = object === null || object === undefined ? request : { ...request, object: applyVerdict(object, first) };
  const second = verdictOn(asked, 'validating', world);
  const allowed = second.decision !== 'deny';
  return {
    allowed,
    findings: merge(first.findings, second.findings),
    warnings: warningTexts(merge(first.told, second.told)),
    patch: allowed ? verdictPatch(object, first) : [],
  };
}

/** Both webhooks find most things alike; each is told once. */
function merge(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  const isKnown = (found: Finding) => first.some((one) => one.code === found.code && one.message === found.message);
  return [...first, ...second.filter((found) => !isKnown(found))];
}
