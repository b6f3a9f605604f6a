import type { ClassAnswer, InProcessAnswers } from './in-process-answers.ts';
import type { MatchCondition } from './webhook-entries.ts';
import { fitting, mutatingPolicySpec, notRightAlready } from './in-process-policy.ts';

/** Answers as they are written: expressions are long, and are kept for as long as the answers are the same. */
export class CompiledAnswers {
  readonly #of: InProcessAnswers;
  /** As many of the classes as fit. */
  readonly answers: InProcessAnswers;
  #policy: { readonly added: string; readonly spec: object } | undefined;
  #condition: { readonly classes: ReadonlyMap<string, ClassAnswer>; readonly expression: string } | undefined;

  private constructor(of: InProcessAnswers) {
    this.#of = of;
    this.answers = fitting(of);
  }

  /** @param last what was compiled before, which is given back where the answers are the very same */
  static of(answers: InProcessAnswers, last: CompiledAnswers | undefined): CompiledAnswers {
    return last !== undefined && last.#of === answers ? last : new CompiledAnswers(answers);
  }

  /** How many classes do not fit. */
  get left(): number {
    return this.#of.classes.size - this.answers.classes.size;
  }

  /** @param added conditions that an admin has added @returns the spec of the MutatingAdmissionPolicy */
  policySpec(added: readonly MatchCondition[]): object {
    const key = JSON.stringify(added);
    if (this.#policy?.added !== key) this.#policy = { added: key, spec: mutatingPolicySpec(this.answers, added) };
    return this.#policy.spec;
  }

  /** @returns the expression of the condition that answers for some of the classes */
  conditionFor(classes: ReadonlyMap<string, ClassAnswer>): string {
    if (this.#condition === undefined || !areSame(this.#condition.classes, classes)) {
      this.#condition = { classes, expression: notRightAlready({ ...this.answers, classes }).expression };
    }
    return this.#condition.expression;
  }
}

function areSame<T>(one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): boolean {
  return one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);
}
