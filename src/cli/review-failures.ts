import { isAtLeast } from '../finding/finding.ts';
import type { Severity } from '../finding/code-entry.ts';
import { locatedSentence, type LocatedFinding } from '../finding/located-finding.ts';
import { objectLabel } from '../finding/object-reference.ts';
import { sentence } from '../finding/wording.ts';
import type { ManifestReview } from '../manifests/review-manifests.ts';
import type { JunitSuite } from './junit.ts';

/** What makes `review` fail: what would be denied, or that and findings as bad as this. */
export type ReviewFailure = 'denied' | Severity | 'never';

/** Whether an object makes the command fail. */
export function fails(review: ManifestReview, failOn: ReviewFailure): boolean {
  if (failOn === 'never') return false;
  return (
    !review.allowed || (failOn !== 'denied' && review.findings.some(({ severity }) => isAtLeast(severity, failOn)))
  );
}

/** Objects as cases of the file that they are in, each with all that was found of it where it fails. */
export function suitesOf(
  reviews: readonly ManifestReview[],
  unreadable: readonly LocatedFinding[],
  failOn: ReviewFailure,
): readonly JunitSuite[] {
  const files = new Set([...reviews, ...unreadable].map(({ source }) => source.file));
  return [...files].map((file) => ({
    file,
    cases: reviews
      .filter(({ source }) => source.file === file)
      .map((review) => ({
        line: review.source.line,
        name: objectLabel(review.object),
        failures: fails(review, failOn) ? review.findings.map(sentence) : [],
      })),
    errors: unreadable.filter(({ source }) => source.file === file).map(locatedSentence),
  }));
}
