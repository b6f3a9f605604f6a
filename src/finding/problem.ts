import type { FindingCode } from './codes.ts';
import type { PathSegment } from './field-path.ts';
import { finding, type Finding } from './finding.ts';

/** What is wrong in a document that we were given, by its path in it; whoever has the text turns that into a line. */
export type Problem = Omit<Finding, 'field' | 'subject' | 'statement'> & {
  readonly path: readonly PathSegment[];
  /** A sentence by itself. */
  readonly statement: string;
};

/** Makes a problem; severity and fix are those of the registry unless the case at hand knows better. */
export function problem(
  code: FindingCode,
  path: readonly PathSegment[],
  statement: string,
  better: Partial<Pick<Problem, 'severity' | 'fix'>> = {},
): Problem {
  const { severity, fix } = finding(code, { field: '', statement, ...better });
  return { code, path, statement, severity, fix };
}
