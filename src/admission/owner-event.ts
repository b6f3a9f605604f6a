import { codes } from '../finding/codes.ts';
import type { CodeEntry } from '../finding/code-entry.ts';
import type { Finding } from '../finding/finding.ts';
import { firstSentence } from '../finding/first-sentence.ts';
import { quote, visible } from '../finding/quote.ts';
import type { Verdict } from '../policy/evaluate.ts';
import { classNameOf, isMirrorPod, type Phase, type Review } from '../policy/review.ts';

/** What makes pods and is told why none comes, as an Event refers to it. */
export type EventOwner = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
};

/** Something that happened to a pod of an owner. */
export type OwnerEvent = {
  readonly owner: EventOwner;
  readonly reason: 'PodDenied' | 'PodWarned';
  /** The same for each pod of the owner, so that the same things can be counted. It holds no annotation's value. */
  readonly note: string;
};

/** Source: Kubernetes, pkg/apis/core/validation/events.go: no note is longer, in bytes. */
const maxNoteBytes = 1_024;

/** So many different things are named. */
const maxNamed = 3;

/** An annotation's key, which nobody has checked before the API server itself does, can be longer. */
const maxFieldCharacters = 200;

/**
 * What the controller of a pod is told: that a pod of it was denied, or let in with warnings. Of a pod without one, of a dry
 * run, and of a static pod's image nobody is told anything.
 */
export function ownerEvent(review: Review, phase: Phase, verdict: Verdict): OwnerEvent | undefined {
  const { subject, operation, request } = review;
  if (subject.kind !== 'Pod' || operation !== 'CREATE' || request.isDryRun === true) return undefined;
  const isDenied = verdict.decision === 'deny';
  // What was let in is told of once, by the webhook that speaks last.
  if (!isDenied && (phase === 'mutating' || verdict.told.length === 0)) return undefined;
  const owner = controllerOf(review);
  if (owner === undefined || isMirrorPod(review)) return undefined;
  const found = isDenied ? verdict.findings.filter(({ severity }) => severity === 'error') : verdict.told;
  const className = classNameOf(subject.pod);
  const ofClass = className === undefined ? '' : ` of RuntimeClass ${quote(className)}`;
  const beginning = isDenied
    ? `shimgate denies pods${ofClass} of this ${owner.kind}: `
    : `shimgate warns of pods${ofClass} of this ${owner.kind}: `;
  return { owner, reason: isDenied ? 'PodDenied' : 'PodWarned', note: cut(beginning + things(found)) };
}

function things(found: readonly Finding[]): string {
  const texts = new Set(
    found.map(({ code, field }) => {
      const { meaning }: CodeEntry = codes[code];
      const where = field === '' ? '' : ` at ${visible(field.slice(0, maxFieldCharacters))}`;
      return `${code}${where}: ${firstSentence(meaning)}`;
    }),
  );
  const named = [...texts].slice(0, maxNamed).join(' ');
  return texts.size > maxNamed ? `${named} And ${texts.size - maxNamed} more.` : named;
}

/** What names objects in Kubernetes' paths. Source: Kubernetes, "Object Names and IDs": a DNS subdomain name. */
const objectName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The API server has not checked references yet when the mutating webhook is asked: what can be none of its is none here. */
function controllerOf({ subject, namespace }: Review): EventOwner | undefined {
  if (subject.kind !== 'Pod' || namespace === undefined) return undefined;
  const controller = subject.pod.metadata?.ownerReferences?.find((owner) => owner.controller === true);
  const { apiVersion, kind, name, uid } = controller ?? {};
  if (!isShort(apiVersion, 317) || !isShort(kind, 63) || !isShort(uid, 128)) return undefined;
  if (typeof name !== 'string' || !objectName.test(name)) return undefined;
  return { apiVersion, kind, namespace, name, uid };
}

function isShort(text: string | null | undefined, limit: number): text is string {
  return typeof text === 'string' && text.length > 0 && text.length <= limit && /^[!-~]+$/.test(text);
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxNoteBytes) return text;
  // A character of which only the beginning is left becomes one that is longer than three dots.
  return `${bytes.toString('utf8', 0, maxNoteBytes - 6).replace(/\ufffd$/, '')}…`;
}
