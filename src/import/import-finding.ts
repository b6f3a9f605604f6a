import type { FindingCode } from '../finding/codes.ts';
import type { Severity } from '../finding/code-entry.ts';
import type { containerdCodes } from '../finding/containerd-codes.ts';
import { finding } from '../finding/finding.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import type { importCodes } from '../finding/import-codes.ts';
import type { Place } from '../text/located-value.ts';
import { TextSyntaxError } from '../text/text-syntax-error.ts';

export type ImportCode = Extract<FindingCode, keyof typeof importCodes | keyof typeof containerdCodes>;

/** Called with each thing that an import has to say. */
export type Report = (found: LocatedFinding) => void;

/**
 * A finding about a node's file; the statement is a sentence that names keys in the file's own words, so there is no field path besides.
 *
 * @param severity where it is not the usual one of the code
 */
export function importFinding(
  code: ImportCode,
  at: Place,
  statement: string,
  fix?: string,
  severity?: Severity,
): LocatedFinding {
  const better = { ...(fix !== undefined && { fix }), ...(severity !== undefined && { severity }) };
  return { ...finding(code, { field: '', statement, ...better }), source: at };
}

/** What a text was parsed to; undefined where it cannot be, which is reported. */
export function parsedOrReported<T>(report: Report, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TextSyntaxError)) throw error;
    report(importFinding('UnreadableFile', error.place, error.message));
    return undefined;
  }
}
