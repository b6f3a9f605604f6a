import { expect, test } from '@jest/globals';
import { finding } from '../../../src/finding/finding.ts';
import { worded } from '../../../src/finding/wording.ts';
import { boundedFindings } from '../../../src/policy/bounded-findings.ts';

const subject = { object: 'Deployment a/b', chain: [] };

const many = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    finding('ManagedAnnotationWrong', { field: `metadata.annotations[x${index}]`, subject, statement: `x${index}` }),
  );

test.each([0, 1, 16])('%i findings stay as they are', (count) => {
  const findings = many(count);
  expect(boundedFindings(findings)).toBe(findings);
});

test('of more, the first sixteen stay, and one as bad counts the others', () => {
  const findings = many(10_000);
  const bounded = boundedFindings(findings, 'spec.template.');
  expect(bounded.slice(0, 16)).toEqual(findings.slice(0, 16));
  expect(bounded.slice(16).map(worded)).toMatchObject([
    {
      code: 'ManagedAnnotationWrong',
      severity: 'error',
      field: 'spec.template.metadata.annotations',
      message: 'Deployment a/b: the same holds for 9984 more of its annotations.',
    },
  ]);
});
