import { admitInFull as reviewInFull, type FullAdmission } from '../../../src/admission/admit-in-full.ts';
import { reviewOfRequest, type AdmissionRequest } from '../../../src/admission/decode-review.ts';
import { encodeResponse, type AdmissionResponseReview } from '../../../src/admission/encode-response.ts';
import { podQuestion, withUse } from '../../../src/policy/checks/runtime-class-deletion.ts';
import { evaluate, type Verdict } from '../../../src/policy/evaluate.ts';
import type { Phase, Review } from '../../../src/policy/review.ts';
import type { World } from '../../../src/policy/world.ts';
import { podUseIn } from '../arbitrary/arbitrary-world.ts';

/** A request's verdict, and the answer that the API server gets. */
export type Admission = { readonly verdict: Verdict; readonly review: AdmissionResponseReview };

/** Answers a request in one of the two phases, without a second look. @throws MalformedReviewError */
export function admit(request: AdmissionRequest, phase: Phase, world: World): Admission {
  return answerOf(request, evaluate(reviewWithPods(request, phase, world), phase, world));
}

/** What a verdict on a request is answered with. */
function answerOf(request: AdmissionRequest, verdict: Verdict): Admission {
  return { verdict, review: encodeResponse(reviewOfRequest(request), verdict) };
}

/** Answers a request as both webhooks do. @throws MalformedReviewError */
export function admitInFull(request: AdmissionRequest, world: World): FullAdmission {
  return reviewInFull(reviewWithPods(request, 'validating', world), world);
}

function reviewWithPods(request: AdmissionRequest, phase: Phase, world: World): Review {
  const review = reviewOfRequest(request);
  return withUse(review, podQuestion(review, phase, world.configuration) && podUseIn(world));
}
