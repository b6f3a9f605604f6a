import { isDeniedInEveryMode, type FindingCode } from '../finding/codes.ts';
import type { Finding } from '../finding/finding.ts';
import { nothing, type AnnotationEdits, type Outcome } from './checks/check.ts';
import type { PatchMemory } from './expected-annotations.ts';

/** What all checks together found and want. */
export type Combined = {
  readonly findings: readonly Finding[];
  readonly edits?: AnnotationEdits | undefined;
  readonly patch?: PatchMemory | undefined;
};

type Asked<C> = {
  readonly codes: readonly FindingCode[];
  readonly evaluate: (given: C) => Outcome;
  readonly evaluateExempt?: (given: C) => Outcome;
};

/** Asks checks about a case, one after the other. Nearly every check of nearly every case has nothing to say. */
export function combine<C>(checks: readonly Asked<C>[], given: C, isExempt: boolean): Combined {
  const findings: Finding[] = [];
  let edits: AnnotationEdits | undefined;
  let patch: PatchMemory | undefined;
  for (const check of checks) {
    const outcome = isExempt ? outcomeOfExempt(check, given) : check.evaluate(given);
    if (outcome.findings.length > 0) findings.push(...outcome.findings);
    if (outcome.edits === undefined || outcome.edits.size === 0) continue;
    patch = edits === undefined ? outcome.patch : undefined;
    edits = edits === undefined ? outcome.edits : new Map([...edits, ...outcome.edits]);
  }
  return { findings, edits, patch };
}

/** A name that is a path would hand out root on the host, whoever asks: of that nothing is exempt. */
function outcomeOfExempt<C>(check: Asked<C>, given: C): Outcome {
  if (check.evaluateExempt !== undefined) return check.evaluateExempt(given);
  if (!check.codes.some(isDeniedInEveryMode)) return nothing;
  return { findings: check.evaluate(given).findings.filter(({ code }) => isDeniedInEveryMode(code)) };
}
