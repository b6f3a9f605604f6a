import { finding, type Finding } from '../finding/finding.ts';

/** What is said stays readable, and its size bounded: a pod may carry ten thousand annotations of one kind. */
const maxFindings = 16;

/**
 * The first findings about annotations, and one that counts the others, which is as bad as they are.
 *
 * @param prefix field path before the pod's own
 */
export function boundedFindings(findings: readonly Finding[], prefix = ''): readonly Finding[] {
  return findings.length <= maxFindings ? findings : boundedFindingsOf(findings, (found) => found, prefix);
}

/** The same of what findings can be made of: none is made that nobody sees. */
export function boundedFindingsOf<T>(items: readonly T[], find: (item: T) => Finding, prefix = ''): readonly Finding[] {
  const findings = items.slice(0, maxFindings).map(find);
  const [first] = findings;
  if (first === undefined || items.length <= maxFindings) return findings;
  const count = items.length - maxFindings;
  const { code, severity, subject } = first;
  return [
    ...findings,
    finding(code, {
      severity,
      field: `${prefix}metadata.annotations`,
      ...(subject !== undefined && { subject }),
      statement: { kind: 'predicate', links: 0, text: `: the same holds for ${count} more of its annotations` },
    }),
  ];
}
