import { admitInFull, type FullAdmission } from '../admission/admit-in-full.ts';
import {
  checkAdmissionReview,
  MalformedReviewError,
  referenceOf,
  reviewOfCreation,
  reviewOfRequest,
  type UncheckedObject,
} from '../admission/decode-review.ts';
import { finding, type Finding } from '../finding/finding.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import type { ObjectReference } from '../finding/object-reference.ts';
import { podQuestion, withUse } from '../policy/checks/runtime-class-deletion.ts';
import type { PodQuestion, PodUse } from '../policy/pod-use.ts';
import type { Review } from '../policy/review.ts';
import type { World } from '../policy/world.ts';
import { apiServerRefusals } from './api-server-refusals.ts';
import { classRefusals } from './class-refusals.ts';
import { atItsPlace, templateReviews } from './custom-templates.ts';
import { fixOfType } from './fix-of-type.ts';
import { misplacedFields } from './misplaced-fields.ts';
import type { ManifestObject, ManifestSource } from './read-manifests.ts';

/** The verdict on one object of a manifest. */
export type ManifestReview = FullAdmission & {
  readonly object: ObjectReference;
  readonly source: ManifestSource;
};

/**
 * Reviews objects as the webhooks would when they are created, and recorded AdmissionReviews as what they ask.
 *
 * @param findPods answers which pods use a class
 * @param existing objects of the cluster, such as classes that the reviewed ones would change
 * @returns the reviews, and a finding for each object that could not be reviewed
 */
export function reviewManifests(
  objects: readonly ManifestObject[],
  world: World,
  findPods: (question: PodQuestion) => PodUse,
  existing: readonly ManifestObject[] = [],
): { readonly reviews: readonly ManifestReview[]; readonly findings: readonly LocatedFinding[] } {
  const reviews: ManifestReview[] = [];
  const findings: LocatedFinding[] = [];
  for (const object of objects) {
    try {
      const review = reviewOf(object);
      const question = podQuestion(review, 'validating', world.configuration);
      const used = withUse(review, question && findPods(question));
      const admission = asApiServer(
        [...apiServerRefusals(object), ...classRefusals(object, existing)],
        withNotes(object, used, admitInFull(used, world), world),
      );
      reviews.push({ object: referenceOf(review), source: object.source, ...admission });
    } catch (error) {
      if (!(error instanceof MalformedReviewError)) throw error;
      const statement = `This ${object.kind} cannot be reviewed: ${error.message}.`;
      const source = { ...object.source, column: 1 };
      const fix = fixOfType(error.message);
      const details = { field: '', statement, ...(fix !== undefined && { fix }) };
      findings.push({ ...finding('UnreadableManifest', details), source });
    }
  }
  return { reviews, findings };
}

/** Besides, what no webhook is asked about: fields that the API server drops, and pods that other objects describe. */
function withNotes(object: ManifestObject, review: Review, admission: FullAdmission, world: World): FullAdmission {
  if (object.kind === 'AdmissionReview') return admission;
  const ofTemplates = templateReviews(object, review).flatMap((one) => atItsPlace(admitInFull(one.review, world), one));
  return { ...admission, findings: [...admission.findings, ...misplacedFields(object), ...ofTemplates] };
}

/** What the API server refuses by itself is denied, whatever the webhooks would say of it. */
function asApiServer(refusals: readonly Finding[], admission: FullAdmission): FullAdmission {
  if (refusals.length === 0) return admission;
  return { ...admission, allowed: false, findings: [...refusals, ...admission.findings], patch: [] };
}

/**
 * The review of what the API server would ask about an object that is created, or of what a recorded AdmissionReview asks.
 *
 * @throws MalformedReviewError where a recorded one is none, or a field of the object has the wrong type
 */
function reviewOf(object: UncheckedObject): Review {
  return object.kind === 'AdmissionReview'
    ? reviewOfRequest(checkAdmissionReview(object.value))
    : reviewOfCreation(object);
}
