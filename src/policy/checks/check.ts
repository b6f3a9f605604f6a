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

/**
 * What a check reads of the creation of a pod besides its class, and the API server can compare by itself with that of an
 * ordinary pod: `namespace` is the rule and the mode label of its namespace, `judged annotations` are those of the class and
 * all whose keys match the judged key pattern, `annotation size` is that of all together, `mirror` is whether it
 * is a static pod's image, `operating system` is what it says to be for, `handler features` is whether it asks for any.
 */
export type PodInput =
  'namespace' | 'judged annotations' | 'annotation size' | 'mirror' | 'operating system' | 'handler features';

/** One rule about pods that are created or changed, and templates of them. */
export type PodCheck = CheckOf<PodCase> & {
  readonly about: 'pods';
  /** All that it reads of a new pod besides its class. A check that does not say it has every pod sent. */
  readonly reads?: readonly PodInput[];
  /** Whether what else it reads of a new pod cannot change that it has nothing to say of the pods of this class. */
  readonly isSettled?: (given: PodCase) => boolean;
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
