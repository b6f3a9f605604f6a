import { codes, type FindingCode } from './codes.ts';
import type { PathSegment } from './field-path.ts';
import type { Finding } from './finding.ts';

/** What is wrong in a document that we were given, by its path in it; whoever has the text turns that into a line. */
export type Problem = Omit<Finding, 'field'> & { readonly path: readonly PathSegment[] };

/** Makes a problem; severity and fix are those of the registry unless the case at hand knows better. */
export function problem(
  code: FindingCode,
  path: readonly PathSegment[],
  message: string,
  better: Partial<Pick<Problem, 'severity' | 'fix'>> = {},
): Problem {
  return { code, path, message, severity: better.severity ?? codes[code].severity, fix: better.fix ?? codes[code].fix };
}
