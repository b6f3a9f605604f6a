import { finding, type Finding, type FindingSubject } from '../../finding/finding.ts';
import type { AnnotationEdits } from './check.ts';
import type { PodCase } from '../case.ts';
import { annotationsOf, type Review } from '../review.ts';

type Annotations = Readonly<Record<string, string>>;

/**
 * What the API server takes, of keys and values together, in bytes.
 *
 * Source: Kubernetes, apimachinery, pkg/api/validation/objectmeta.go, TotalAnnotationSizeLimitB.
 */
const maxTotalBytes = 256 * 1024;

/** No character has more bytes for each of its UTF-16 units. */
const maxBytesOfUnit = 3;

/**
 * Finds that annotations are too large as they were sent. A mutating webhook is asked before the API server counts them, so
 * they may be as long as a request. Nothing else is looked at then: the API server refuses the object, whatever a webhook
 * says, but for a binding, which it takes; so it is an error, and silence would let a binding's keys by. Reads no more of
 * the values than the API server takes.
 */
export function judgeOwnSize({ subject, object, operation }: Review): readonly Finding[] {
  if (operation !== 'CREATE' && operation !== 'UPDATE') return [];
  switch (subject.kind) {
    case 'Pod':
      return judge(annotationsOf(subject.pod), '', { object, chain: [] });
    case 'template':
      return judge(annotationsOf(subject.pod), subject.prefix, { object, chain: [] });
    case 'RuntimeClass':
      return judge(subject.runtimeClass.metadata?.annotations ?? {}, '', { object, chain: [] });
    case 'Binding':
      return judge(subject.annotations, '', { object, chain: [] });
    case 'other':
      return [];
  }
}

function judge(annotations: Annotations, prefix: string, subject: FindingSubject): readonly Finding[] {
  if (!isTooLarge(annotations)) return [];
  const text = `: its annotations have more than the ${maxTotalBytes} bytes that the API server takes; nothing else of it was judged`;
  return [
    finding('AnnotationsTooLarge', {
      field: `${prefix}metadata.annotations`,
      subject,
      statement: { kind: 'predicate', links: 0, text },
      fix: 'Make them shorter.',
    }),
  ];
}

/**
 * Finds that edits would make a pod's annotations too large. The API server would refuse the pod for annotations that its
 * author never wrote.
 */
export function judgeSize({ pod, prefix, subject }: PodCase, edits: AnnotationEdits): readonly Finding[] {
  if (edits.size === 0) return [];
  // Nearly all pods end here.
  if ((unitsOf(annotationsOf(pod)) + unitsOfEdits(edits)) * maxBytesOfUnit <= maxTotalBytes) return [];
  const after = [
    ...Object.entries(annotationsOf(pod)).filter(([key]) => !edits.has(key)),
    ...[...edits].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])),
  ];
  const bytes = totalBytes(after);
  if (bytes <= maxTotalBytes) return [];
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

/** Encodes nothing where the lengths tell already, and never more than the API server takes. */
function isTooLarge(annotations: Annotations): boolean {
  const units = unitsOf(annotations);
  if (units > maxTotalBytes || units * maxBytesOfUnit <= maxTotalBytes) return units > maxTotalBytes;
  return totalBytes(Object.entries(annotations)) > maxTotalBytes;
}

/** In UTF-16, each unit of which has a byte at least. */
function unitsOf(annotations: Annotations): number {
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
