import { evaluate, type Verdict } from '../policy/evaluate.ts';
import type { Phase } from '../policy/review.ts';
import type { World } from '../policy/world.ts';
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
  const verdict = evaluate(toReview(request, phase), world);
  return { verdict, review: encodeResponse(request, verdict) };
}
