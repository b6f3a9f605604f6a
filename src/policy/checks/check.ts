import type { FindingCode } from '../../finding/codes.ts';
import type { Finding } from '../../finding/finding.ts';
import type { BindingCase, ClassCase, PodCase } from '../case.ts';
import type { PatchMemory } from '../expected-annotations.ts';

/** What a check wants the mutating webhook to do to an annotation: a value, or null to remove it. */
export type AnnotationEdits = ReadonlyMap<string, string | null>;

export type Outcome = {
  readonly findings: readonly Finding[];
  readonly edits?: AnnotationEdits;
  /** Set where the edits are all that pods of a class get, so that their patch can be kept. */
  readonly patch?: PatchMemory;
};

type CheckOf<C> = {
  /** Unique, in kebab-case; the list of checks is sorted by it. */
  readonly id: string;
  /** Every code that it can find; each has an object in test/fixtures/policies that fails for it. */
  readonly codes: readonly FindingCode[];
  /** A pure function of a case. It answers `nothing` where the case is not its business. */
  readonly evaluate: (given: C) => Outcome;
  /** What it does where the configuration exempts what is asked, besides denying paths. */
  readonly evaluateExempt?: (given: C) => Outcome;
};

/** One rule about pods that are created or changed, and templates of them. */
export type PodCheck = CheckOf<PodCase> & {
  readonly about: 'pods';
  /** Whether it judges what changes on a pod that is being deleted too: it must let finalizers, labels and the rest through. */
  readonly judgesGoing?: true;
};

/** One rule about RuntimeClasses. */
export type ClassCheck = CheckOf<ClassCase> & { readonly about: 'RuntimeClasses' };

/** One rule about orders to run a pod on a node. */
export type BindingCheck = CheckOf<BindingCase> & { readonly about: 'bindings' };

export type Check = PodCheck | ClassCheck | BindingCheck;

/** The outcome of a check that has nothing to say. */
export const nothing: Outcome = { findings: [] };
