import { finding, type Finding } from '../finding/finding.ts';

/** What is said stays readable, and its size bounded: a pod may carry ten thousand annotations of one kind. */
const maxFindings = 16;

/**
 * The first findings about annotations, and one that counts the others, which is as bad as they are.
 *
 * @param prefix field path before the pod's own
 */
export function boundedFindings(findings: readonly Finding[], prefix = ''): readonly Finding[] {
  const [first] = findings;
  if (first === undefined || findings.length <= maxFindings) return findings;
  const count = findings.length - maxFindings;
  const { code, severity, subject } = first;
  return [
    ...findings.slice(0, maxFindings),
    finding(code, {
      severity,
      field: `${prefix}metadata.annotations`,
      ...(subject !== undefined && { subject }),
      statement: { kind: 'predicate', links: 0, text: `: the same holds for ${count} more of its annotations` },
    }),
  ];
}
