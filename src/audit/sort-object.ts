import { referenceToUnchecked } from '../admission/decode-review.ts';
import { groupKindOf, isWorkload } from '../admission/pod-template-place.ts';
import { misplacedFields } from '../manifests/misplaced-fields.ts';
import type { ManifestObject } from '../manifests/read-manifests.ts';
import { keepWorkload } from '../policy/kept-workload.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import { inventoryKind, type InventoryKind } from './inventory.ts';
import type { LineSpool } from './line-spool.ts';

/** Where the objects of manifests go. */
export type SortedObjects = {
  /** What others are judged by. */
  readonly inventory: (kind: InventoryKind, object: ManifestObject) => void;
  /** Of pods and of objects with a pod template what is read of them, until all is known that they are judged by. */
  readonly workloads: LineSpool;
  readonly found: (finding: AuditFinding) => void;
};

/** Puts an object where it goes; of most kinds nobody reads anything. */
export function sortObject(object: ManifestObject, { inventory, workloads, found }: SortedObjects): void {
  const groupKind = groupKindOf(object);
  const kept = inventoryKind(groupKind);
  if (kept !== undefined) {
    if (kept === 'RuntimeClass') reportMisplaced(object, found);
    inventory(kept, object);
  } else if (isWorkload(groupKind)) {
    reportMisplaced(object, found);
    const { apiVersion, kind, value, source } = object;
    workloads.append(JSON.stringify({ apiVersion, kind, value: keepWorkload(groupKind, value), source }));
  }
}

/** What no policy sees: the API server drops it, and so it is never in a live cluster. */
function reportMisplaced(object: ManifestObject, found: (finding: AuditFinding) => void): void {
  const misplaced = misplacedFields(object);
  if (misplaced.length === 0) return;
  const subject = { object: referenceToUnchecked(object), source: object.source };
  for (const one of misplaced) found(about(subject, one));
}
