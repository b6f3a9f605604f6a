import type { Severity } from './code-entry.ts';
import { codes, type FindingCode } from './codes.ts';

/** One thing that is wrong: what, where, why it matters and what to do instead. */
export type Finding = {
  /** Stable identifier, documented in docs/reasons.md. */
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Field path as the API server writes it, such as `spec.runtimeClassName` or `metadata.annotations[key]`. */
  readonly field: string;
  /** A full sentence that names the offending value. */
  readonly message: string;
  /** What to do, as an instruction. */
  readonly fix: string;
  /** The same in few words, for a Warning header: object, value and fix, without the chain between them. */
  readonly brief?: Brief;
  /** The message without its object, for where that and the field stand before it already. */
  readonly cause?: string;
};

export type Brief = { readonly message: string; readonly fix?: string };

type Details = Pick<Finding, 'field' | 'message'> & Partial<Pick<Finding, 'severity' | 'fix' | 'brief' | 'cause'>>;

/** Makes a finding; severity and fix are those of the registry unless the case at hand knows better. */
export function finding(code: FindingCode, details: Details): Finding {
  return {
    code,
    severity: details.severity ?? codes[code].severity,
    field: details.field,
    message: details.message,
    fix: details.fix ?? codes[code].fix,
    ...(details.brief !== undefined && { brief: details.brief }),
    ...(details.cause !== undefined && { cause: details.cause }),
  };
}

/** From worst to least. */
export const severities: readonly Severity[] = ['error', 'warning', 'info'];

/** Worst first; findings of the same severity stay in the order in which they were found. */
export function worstFirst<T extends Pick<Finding, 'severity'>>(findings: readonly T[]): readonly T[] {
  const rank = ({ severity }: T) => severities.indexOf(severity);
  return findings.length < 2 ? findings : findings.toSorted((a, b) => rank(a) - rank(b));
}

/** A finding as users' programs read it: without the wordings for narrow places. */
export function plainFinding({ code, severity, field, message, fix }: Finding): Finding {
  return { code, severity, field, message, fix };
}

/** One finding as a person reads it: the sentence, the code to look up, and what to do. */
export function sentence(found: Pick<Finding, 'message' | 'code' | 'fix'>): string {
  return `${found.message} [${found.code}] ${found.fix}`;
}
