import type { Finding } from '../finding/finding.ts';
import type { ObjectReference } from '../finding/object-reference.ts';
import { namesSubject, worded, type WordedFinding } from '../finding/wording.ts';
import type { ManifestSource } from '../manifests/read-manifests.ts';

/** Where it was read from, where that was a file. */
export type AuditedSource = ManifestSource & { readonly column?: number };

/** A finding about an object that is there already, in words, as reports have it. */
export type AuditFinding = WordedFinding & {
  readonly object: ObjectReference;
  /** The way from a pod or a class to its shim, as far as it goes: `RuntimeClass "kata"`, `handler "kata-qemu"`, … */
  readonly chain?: readonly string[];
  readonly source?: AuditedSource;
  /** Whether the message names the object; where it does not, a report for people puts it first. */
  readonly isNamed?: true;
  /** What a baseline knows it by besides; no report has it. */
  readonly origin?: FindingOrigin;
};

/** Where a finding comes from, as far as that stays while objects are made anew. */
export type FindingOrigin = {
  /** What makes the object, such as the Deployment of a pod; undefined for an object that is by itself. */
  readonly maker: ObjectReference | undefined;
  /** Digest of the annotation's value that it is about. */
  readonly value: string | undefined;
};

/** What a finding is told about besides itself. */
export type AuditSubject = Pick<AuditFinding, 'object'> & {
  readonly chain?: readonly string[];
  readonly source?: AuditedSource | undefined;
};

/** A finding about a subject. */
export function about({ object, chain, source }: AuditSubject, found: Finding, origin?: FindingOrigin): AuditFinding {
  return {
    ...worded(found),
    object,
    ...(chain !== undefined && { chain }),
    ...(source !== undefined && { source }),
    ...(namesSubject(found) && { isNamed: true as const }),
    ...(origin !== undefined && { origin }),
  };
}
