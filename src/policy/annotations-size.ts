import { finding, type Finding } from '../finding/finding.ts';
import type { Pod } from '../generated/objects.ts';
import type { AnnotationEdits } from './policy.ts';
import { annotationsOf, type Review } from './review.ts';

/**
 * What the API server takes, of keys and values together, in bytes.
 *
 * Source: Kubernetes, apimachinery, pkg/api/validation/objectmeta.go, TotalAnnotationSizeLimitB.
 */
const maxTotalBytes = 256 * 1024;

/**
 * Finds that edits would make a pod's annotations too large. The API server would refuse the pod for annotations that its
 * author never wrote; what was too large before is between the two of them.
 */
export function judgeSize(review: Review, pod: Pod, edits: AnnotationEdits | undefined): readonly Finding[] {
  if (edits === undefined || edits.size === 0) return [];
  const before = Object.entries(annotationsOf(pod));
  const after = [
    ...before.filter(([key]) => !edits.has(key)),
    ...[...edits].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])),
  ];
  // No character has more than three bytes for each of its UTF-16 units: nearly all pods end here.
  if (sum(after, ({ length }) => length) * 3 <= maxTotalBytes) return [];
  const bytes = sum(after, utf8Bytes);
  if (bytes <= maxTotalBytes || sum(before, utf8Bytes) > maxTotalBytes) return [];
  const prefix = review.subject.kind === 'template' ? review.subject.prefix : '';
  return [
    finding('AnnotationsTooLarge', {
      field: `${prefix}metadata.annotations`,
      message: `${review.object}: with those that shimgate writes, its annotations have ${bytes} bytes, and the API server takes ${maxTotalBytes}.`,
      fix: `Make them shorter, by ${bytes - maxTotalBytes} bytes at least.`,
    }),
  ];
}

function sum(entries: readonly (readonly [string, string])[], sizeOf: (text: string) => number): number {
  return entries.reduce((total, [key, value]) => total + sizeOf(key) + sizeOf(value), 0);
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
