import { annotationField } from '../finding/field-path.ts';
import { finding, type Finding, type FindingSubject } from '../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../finding/quote.ts';
import type { Predicate } from '../finding/statement.ts';
import type { Pod } from '../generated/objects.ts';
import { boundedFindings } from '../policy/bounded-findings.ts';
import { defaultClassFor } from '../policy/default-class.ts';
import { exemptionOf } from '../policy/exemptions.ts';
import { expectedOfExempt, isRight, missingKeys, type ExpectedAnnotations } from '../policy/expected-annotations.ts';
import type { FollowedPod } from '../policy/follow-class.ts';
import { isFinished } from '../policy/pod-search.ts';
import { annotationsOf, looksLikeMirrorPod, type Review } from '../policy/review.ts';
import { isUntrustedWorkload } from '../policy/untrusted-workload.ts';
import type { World } from '../policy/world.ts';
import { runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
import type { Inventory } from './inventory.ts';

/** A pod that is there, and where it leads. */
export type StoredPod = { readonly review: Review; readonly pod: Pod; readonly followed: FollowedPod };

/** How a pod that is there compares with what the webhook would have made of it, and with the node that it runs on. */
export function judgePodAsItIs(stored: StoredPod, world: World, inventory: Inventory): readonly Finding[] {
  const { review, followed } = stored;
  const isExempt = exemptionOf(review, world.configuration) !== undefined;
  const expected = isExempt ? expectedOfExempt : followed.expected;
  return [
    // Of a class that is not there nothing can be said; the pod itself was judged for that.
    ...(expected === undefined ? [] : judgeAnnotations(stored, expected, isExempt)),
    ...(isExempt ? [] : judgeDefaultClass(stored, world)),
    ...judgeNode(stored, inventory),
  ];
}

function judgeAnnotations(stored: StoredPod, expected: ExpectedAnnotations, isExempt: boolean): readonly Finding[] {
  const { pod } = stored;
  const current = annotationsOf(pod);
  const all: Finding[] = [];
  for (const key of Object.keys(current)) {
    const value = current[key] ?? '';
    if (!isRight(expected, key, value)) all.push(judgeWrong(stored, expected, isExempt, key, value));
  }
  const wrong = boundedFindings(all);
  if (isLeftAlone(pod)) return wrong;
  const missing = missingKeys(expected, current);
  if (missing.length === 0) return wrong;
  const list = { items: missing, separator: ', ' } as const;
  const field = 'metadata.annotations';
  const hasAny = [...expected.annotations.keys(), ...expected.optional.keys()].some((key) =>
    Object.hasOwn(current, key),
  );
  const lacking = !hasAny
    ? of(stored, 'NotAnnotated', field, ' has none of the annotations that shimgate writes: ', list)
    : of(stored, 'StaleManagedAnnotation', field, ' lacks what shimgate would write today: ', list);
  return [...wrong, lacking];
}

function judgeWrong(
  stored: StoredPod,
  expected: ExpectedAnnotations,
  isExempt: boolean,
  key: string,
  value: string,
): Finding {
  const { pod, followed } = stored;
  const { className, handler } = followed;
  const say = (code: 'SpoofedManagedAnnotation' | 'StaleManagedAnnotation', what: string) =>
    of(stored, code, annotationField(key), `: annotation ${quoteUnlessPlain(key)}: ${what}`);
  // Nothing is written on what is exempt, and nobody else may write under shimgate's name.
  if (isExempt) return say('SpoofedManagedAnnotation', `${quote(value)} is not shimgate's: the pod is exempt`);
  if (className === undefined && !isUntrustedWorkload(pod)) {
    return say('SpoofedManagedAnnotation', `${quote(value)} is not shimgate's: the pod has no RuntimeClass`);
  }
  if (key === runtimeHandlerAnnotation) {
    const whose = className === undefined ? 'an untrusted workload' : `RuntimeClass ${quote(className)}`;
    const what = `it says ${quote(value)}, but the handler of ${whose} is ${quote(handler ?? '')}`;
    return say('SpoofedManagedAnnotation', what);
  }
  const right = expected.annotations.get(key);
  const today = right === undefined ? 'would not be there' : `would be ${quote(right)}`;
  return say('StaleManagedAnnotation', `it says ${quote(value)}, and ${today} today`);
}

function judgeDefaultClass(stored: StoredPod, world: World): readonly Finding[] {
  const className = isLeftAlone(stored.pod) ? undefined : defaultClassFor(stored.review, 'mutating', world);
  if (className === undefined) return [];
  const text = ` names no RuntimeClass and would get ${quote(className)} today`;
  return [of(stored, 'DefaultClassNotApplied', 'spec.runtimeClassName', text)];
}

function judgeNode(stored: StoredPod, inventory: Inventory): readonly Finding[] {
  const { pod, followed } = stored;
  const { className = '', runtimeClass } = followed;
  const nodeName = pod.spec?.nodeName ?? '';
  const handlers = inventory.nodes.get(nodeName)?.value.status?.runtimeHandlers ?? [];
  if (runtimeClass === undefined || handlers.length === 0 || isFinished(pod)) return [];
  const handler = runtimeClass.handler ?? '';
  if (handlers.some(({ name }) => name === handler)) return [];
  const phase = pod.status?.phase === 'Running' ? 'runs on' : 'is bound to';
  const text = ` ${phase} node ${quoteUnlessPlain(nodeName)}, which does not have handler ${quote(handler)} of RuntimeClass ${quote(className)}`;
  return [of(stored, 'NodeWithoutHandler', 'spec.nodeName', text)];
}

/**
 * Whether nothing is to be written any more: the webhook leaves the API server's image of a static pod as it is, and what
 * has finished never starts again. Anyone can forge the annotation of a mirror pod; here that only suppresses a hint.
 */
function isLeftAlone(pod: Pod): boolean {
  return looksLikeMirrorPod(pod) || isFinished(pod);
}

function of(
  { review, followed }: StoredPod,
  code: Finding['code'],
  field: string,
  text: string,
  list?: Predicate['list'],
): Finding {
  const subject: FindingSubject = { object: review.object, chain: followed.chain };
  return finding(code, {
    field,
    subject,
    statement: { kind: 'predicate', links: 0, text, ...(list !== undefined && { list }) },
  });
}
