import type { Severity } from './code-entry.ts';
import { codes, type FindingCode } from './codes.ts';
import type { Statement } from './statement.ts';

/** One thing that is wrong, as a fact: what, where, about whom, and what to do instead. finding/wording.ts makes its sentences. */
export type Finding = {
  /** Stable identifier, documented in docs/reasons.md. */
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Field path as the API server writes it, such as `spec.runtimeClassName` or `metadata.annotations[key]`. */
  readonly field: string;
  /** Undefined where the statement is a sentence that needs none, as about a line of a file. */
  readonly subject?: FindingSubject;
  readonly statement: Statement;
  /** What to do, as an instruction, by whoever judged: following it makes the finding go. */
  readonly fix: string;
  /** The same in few words, for a Warning header; undefined where the fix is short already. */
  readonly shortFix?: string;
};

/** What a finding is about, and where that leads. */
export type FindingSubject = {
  /** How messages call the object, such as `Pod default/web`. */
  readonly object: string;
  /** The way from the object to its shim, as far as it goes: `RuntimeClass "kata"`, `handler "kata-qemu"`, `shim "…"`. */
  readonly chain: readonly string[];
};

type Details = Pick<Finding, 'field' | 'statement'> &
  Partial<Pick<Finding, 'severity' | 'subject' | 'fix' | 'shortFix'>>;

/** Makes a finding; severity and fix are those of the registry unless the case at hand knows better. */
export function finding(code: FindingCode, details: Details): Finding {
  const { severity, field, subject, statement, fix, shortFix } = details;
  return {
    code,
    severity: severity ?? codes[code].severity,
    field,
    ...(subject !== undefined && { subject }),
    statement,
    fix: fix ?? codes[code].fix,
    ...(shortFix !== undefined && { shortFix }),
  };
}

/** From worst to least. */
export const severities: readonly Severity[] = ['error', 'warning', 'info'];

/** Whether a severity is as bad as another, or worse. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(least);
}

/** Worst first; findings of the same severity stay in the order in which they were found. */
export function worstFirst<T extends { readonly severity: Severity }>(findings: readonly T[]): readonly T[] {
  const rank = ({ severity }: T) => severities.indexOf(severity);
  return findings.length < 2 ? findings : findings.toSorted((a, b) => rank(a) - rank(b));
}
