import { worded, type WordedFinding } from '../../../src/finding/wording.ts';
import { classCase, podCase } from '../../../src/policy/case.ts';
import { nothing, type AnnotationEdits, type Check, type Outcome } from '../../../src/policy/checks/check.ts';
import { evaluate, type Verdict } from '../../../src/policy/evaluate.ts';
import type { Phase, Review } from '../../../src/policy/review.ts';
import type { World } from '../../../src/policy/world.ts';

/** A review, and the webhook that asks. */
export type PhasedReview = Review & { readonly phase: Phase };

type Worded<T> = Omit<T, 'findings' | 'told'> & { readonly findings: readonly WordedFinding[] };

/** What one check makes of a review, in words. */
export function judgedBy(
  check: Check,
  review: PhasedReview,
  world: World,
): { readonly findings: readonly WordedFinding[]; readonly edits?: AnnotationEdits } {
  const { findings, edits } = outcomeOf(check, review, world);
  return { findings: findings.map(worded), ...(edits !== undefined && { edits }) };
}

/** The verdict on a review, in words. */
export function verdictOn(
  review: PhasedReview,
  world: World,
): Worded<Verdict> & { readonly told: readonly WordedFinding[] } {
  const { findings, told, ...verdict } = evaluate(review, review.phase, world);
  return { ...verdict, findings: findings.map(worded), told: told.map(worded) };
}

/** A finding in words as one line. */
export function lineOf({ message, code, fix }: WordedFinding): string {
  return `${message} [${code}] ${fix}`;
}

function outcomeOf(check: Check, review: PhasedReview, world: World): Outcome {
  const { subject, phase, object } = review;
  switch (check.about) {
    case 'pods': {
      const given = podCase(review, phase, world);
      return given === undefined ? nothing : check.evaluate(given);
    }
    case 'RuntimeClasses':
      return subject.kind === 'RuntimeClass' ? check.evaluate(classCase(review, subject, phase, world)) : nothing;
    case 'bindings': {
      if (subject.kind !== 'Binding') return nothing;
      const { annotations } = subject;
      return check.evaluate({ review, phase, world, subject: { object, chain: [] }, annotations });
    }
  }
}
