import type { Pod } from '../generated/objects.ts';
import type { AnnotationEdits } from '../policy/checks/check.ts';
import type { Verdict } from '../policy/evaluate.ts';
import { withClass } from '../policy/default-class.ts';
import type { Review } from '../policy/review.ts';

/** One operation of RFC 6902, as far as annotations need them. */
export type PatchOperation =
  | { readonly op: 'add'; readonly path: string; readonly value: string | Readonly<Record<string, unknown>> }
  | { readonly op: 'remove'; readonly path: string };

/**
 * What a verdict does to a pod, as a JSON Patch (RFC 6902) that applies to it as it is: a default class, then annotations.
 * Where there are no annotations yet, or no metadata, those are created first. A patch that does not apply is a 500 for
 * the user, even under failurePolicy Ignore. Nothing but a pod is ever patched.
 */
export function verdictPatch({ subject }: Review, { edits, defaultClass }: Verdict): readonly PatchOperation[] {
  if (subject.kind !== 'Pod') return [];
  const patch = annotationPatch(subject.pod, edits);
  if (defaultClass === undefined) return patch;
  const isThere = subject.pod.spec !== undefined && subject.pod.spec !== null;
  return isThere
    ? [{ op: 'add', path: '/spec/runtimeClassName', value: defaultClass }, ...patch]
    : [{ op: 'add', path: '/spec', value: { runtimeClassName: defaultClass } }, ...patch];
}

/** The same as an AdmissionReview carries it, in base64; undefined where there is nothing to do. */
export function encodedPatch(review: Review, verdict: Verdict): string | undefined {
  const { edits, defaultClass, patch: memory } = verdict;
  if (edits.size === 0 && defaultClass === undefined) return undefined;
  const isShared = memory !== undefined && isPlain(review);
  if (isShared && memory.encoded !== undefined) return memory.encoded;
  const patch = verdictPatch(review, verdict);
  if (patch.length === 0) return undefined;
  const encoded = Buffer.from(JSON.stringify(patch)).toString('base64');
  if (isShared) memory.encoded = encoded;
  return encoded;
}

/** The review of a pod as it is once a verdict's patch was applied. */
export function applyVerdict(review: Review, { edits, defaultClass }: Verdict): Review {
  const judged = withClass(review, defaultClass);
  const { subject } = judged;
  if (subject.kind !== 'Pod' || edits.size === 0) return judged;
  return { ...judged, subject: { ...subject, pod: withEdits(subject.pod, edits) } };
}

/** Whether the patch of a pod is decided by the edits alone: it has metadata, and no annotations in there. */
function isPlain({ subject }: Review): boolean {
  const metadata = subject.kind === 'Pod' ? subject.pod.metadata : undefined;
  return metadata !== undefined && metadata !== null && (metadata.annotations ?? null) === null;
}

function annotationPatch({ metadata }: Pod, edits: AnnotationEdits): readonly PatchOperation[] {
  if (edits.size === 0) return [];
  const annotations = metadata?.annotations ?? undefined;
  if (annotations === undefined) {
    const added = Object.fromEntries([...edits].filter(([, value]) => value !== null));
    if (Object.keys(added).length === 0) return [];
    return metadata === undefined || metadata === null
      ? [{ op: 'add', path: '/metadata', value: { annotations: added } }]
      : [{ op: 'add', path: '/metadata/annotations', value: added }];
  }
  const operations: PatchOperation[] = [];
  for (const [key, value] of edits) {
    const path = `/metadata/annotations/${escapeSegment(key)}`;
    if (value !== null) operations.push({ op: 'add', path, value });
    else if (Object.hasOwn(annotations, key)) operations.push({ op: 'remove', path });
  }
  return operations;
}

function withEdits(pod: Pod, edits: AnnotationEdits): Pod {
  const annotations = new Map(Object.entries(pod.metadata?.annotations ?? {}));
  for (const [key, value] of edits) {
    if (value === null) annotations.delete(key);
    else annotations.set(key, value);
  }
  return { ...pod, metadata: { ...pod.metadata, annotations: Object.fromEntries(annotations) } };
}

/** Source: RFC 6901, section 3. */
function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
