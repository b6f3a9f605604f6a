import type { FindingCode } from '../finding/codes.ts';
import { defaultClassFor } from '../policy/default-class.ts';
import { evaluate, type Verdict } from '../policy/evaluate.ts';
import { podQuestion } from '../policy/checks/runtime-class-deletion.ts';
import { classNameOf, type Phase, type Review } from '../policy/review.ts';
import type { World, WorldSource } from '../policy/world.ts';
import { toReview, type AdmissionRequest } from './decode-review.ts';
import { encodeResponse, type AdmissionResponseReview } from './encode-response.ts';

/** A request's verdict, and the same as the API server wants to read it. */
export type Admission = { readonly verdict: Verdict; readonly review: AdmissionResponseReview };

/**
 * Answers a request in one of the two phases.
 *
 * @throws MalformedReviewError where a field of the object that policies read has the wrong type
 */
export function admit(request: AdmissionRequest, phase: Phase, world: World): Admission {
  const verdict = verdictOn(request, phase, world);
  return { verdict, review: encodeResponse(request, verdict) };
}

/** The same, without the answer that the API server would read. @throws MalformedReviewError as `admit` does */
export function verdictOn(request: AdmissionRequest, phase: Phase, world: World): Verdict {
  return evaluate(toReview(request, phase), world);
}

/**
 * Answers a request as `admit` does, but reads anew, once, what may only be news to memory: a namespace that it does not
 * know, before its rules are applied, and the class and the configuration, before a pod is denied for them. It looks for
 * the pods of a class that is to go. What needs no second look is answered at once, without a promise.
 *
 * @throws MalformedReviewError where a field of the object that policies read has the wrong type
 */
export function admitLive(
  request: AdmissionRequest,
  phase: Phase,
  world: World,
  source: WorldSource,
): Admission | Promise<Admission> {
  const review = toReview(request, phase);
  const { namespace } = review;
  const isKnown = namespace === undefined || world.namespace(namespace) !== undefined;
  if (!isKnown && source.readNamespace !== undefined) {
    return source.readNamespace(namespace).then(() => judge(request, review, source.current() ?? world, source));
  }
  const question = source.findPods === undefined ? undefined : podQuestion(review, world);
  if (question === undefined || source.findPods === undefined) return judge(request, review, world, source);
  return source
    .findPods(question)
    .then((use) => judge(request, review, { ...(source.current() ?? world), podUse: () => use }, source));
}

function judge(
  request: AdmissionRequest,
  review: Review,
  world: World,
  source: WorldSource,
): Admission | Promise<Admission> {
  const verdict = evaluate(review, world);
  const { subject } = review;
  if (source.reread === undefined || subject.kind !== 'Pod' || !mayBeNews(verdict)) {
    return { verdict, review: encodeResponse(request, verdict) };
  }
  const className = classNameOf(subject.pod) ?? defaultClassFor(review, world);
  return source.reread(className).then(() => {
    const again = evaluate(review, source.current() ?? world);
    return { verdict: again, review: encodeResponse(request, again) };
  });
}

const newsworthy: ReadonlySet<FindingCode> = new Set([
  'GuardedAnnotation',
  'RuntimeClassNotFound',
  'ManagedAnnotationWrong',
  'UndeclaredHandler',
  'UntrustedWorkloadRefused',
]);

function mayBeNews({ decision, findings }: Verdict): boolean {
  return decision !== 'allow' && findings.some(({ code, severity }) => severity === 'error' && newsworthy.has(code));
}
