import { finding, type Finding } from '../../finding/finding.ts';
import type { AnnotationEdits } from './check.ts';
import type { PodCase } from '../case.ts';
import { annotationsOf } from '../review.ts';

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
export function judgeSize({ pod, prefix, subject }: PodCase, edits: AnnotationEdits): readonly Finding[] {
  if (edits.size === 0) return [];
  // No character has more than three bytes for each of its UTF-16 units: nearly all pods end here.
  if ((units(annotationsOf(pod)) + unitsOfEdits(edits)) * 3 <= maxTotalBytes) return [];
  const before = Object.entries(annotationsOf(pod));
  const after = [
    ...before.filter(([key]) => !edits.has(key)),
    ...[...edits].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])),
  ];
  const bytes = totalBytes(after);
  if (bytes <= maxTotalBytes || totalBytes(before) > maxTotalBytes) return [];
  return [
    finding('AnnotationsTooLarge', {
      field: `${prefix}metadata.annotations`,
      subject,
      statement: {
        kind: 'predicate',
        links: 0,
        text: `: with those that shimgate writes, its annotations have ${bytes} bytes, and the API server takes ${maxTotalBytes}`,
      },
      fix: `Make them shorter, by ${bytes - maxTotalBytes} bytes at least.`,
    }),
  ];
}

function units(annotations: Readonly<Record<string, string>>): number {
  let total = 0;
  for (const key of Object.keys(annotations)) total += key.length + (annotations[key]?.length ?? 0);
  return total;
}

function unitsOfEdits(edits: AnnotationEdits): number {
  let total = 0;
  for (const [key, value] of edits) total += key.length + (value?.length ?? 0);
  return total;
}

function totalBytes(entries: readonly (readonly [string, string])[]): number {
  return entries.reduce((total, [key, value]) => total + utf8Bytes(key) + utf8Bytes(value), 0);
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
