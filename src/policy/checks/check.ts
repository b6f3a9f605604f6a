import type { FindingCode } from '../../finding/codes.ts';
import type { Finding } from '../../finding/finding.ts';
import type { ShimConfig } from '../../shim/runtimes-table.ts';
import type { Review } from '../review.ts';
import type { World } from '../world.ts';

/** What a policy wants the mutating webhook to do to an annotation: a value, or null to remove it. */
export type AnnotationEdits = ReadonlyMap<string, string | null>;

export type Outcome = {
  readonly findings: readonly Finding[];
  readonly edits?: AnnotationEdits;
  /** The shim that the object leads to, where this policy followed it there. */
  readonly shim?: ShimConfig | undefined;
};

/**
 * One rule: a pure function of an object and the world. It is asked about every review and answers `nothing` where the
 * review is not its business.
 */
export type Check = {
  /** Unique, in kebab-case; the list of policies is sorted by it. */
  readonly id: string;
  /** Every code that it can find; each has an object in test/fixtures/policies that fails for it. */
  readonly codes: readonly FindingCode[];
  readonly evaluate: (review: Review, world: World) => Outcome;
};

/** The outcome of a policy that has nothing to say. */
export const nothing: Outcome = { findings: [] };
