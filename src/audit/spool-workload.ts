import { referenceToUnchecked } from '../admission/decode-review.ts';
import { groupKindOf } from '../admission/pod-template-place.ts';
import { misplacedFields } from '../manifests/misplaced-fields.ts';
import type { ManifestObject } from '../manifests/read-manifests.ts';
import { keepWorkload } from '../policy/kept-workload.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import type { LineSpool } from './line-spool.ts';

/** Puts what is read of a pod, or of an object with a pod template, on disk until all is known that it is judged by. */
export function spoolWorkload(object: ManifestObject, spool: LineSpool, found: (finding: AuditFinding) => void): void {
  reportMisplaced(object, found);
  const { apiVersion, kind, value, source } = object;
  spool.append(JSON.stringify({ apiVersion, kind, value: keepWorkload(groupKindOf(object), value), source }));
}

/** What no policy sees: the API server drops it, and so it is never in a live cluster. */
export function reportMisplaced(object: ManifestObject, found: (finding: AuditFinding) => void): void {
  const misplaced = misplacedFields(object);
  if (misplaced.length === 0) return;
  const subject = { object: referenceToUnchecked(object), source: object.source };
  for (const one of misplaced) found(about(subject, one));
}
