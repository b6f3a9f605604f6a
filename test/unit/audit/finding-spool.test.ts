import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AuditFinding } from '../../../src/audit/audit-finding.ts';
import { FindingSpool } from '../../../src/audit/finding-spool.ts';
import { LineSpool } from '../../../src/audit/line-spool.ts';

describe('a spool of lines', () => {
  test('gives back what was appended, as often as it is asked, also between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 2000 }).map((line) => line.replaceAll('\n', ' '))),
        (lines) => {
          const spool = new LineSpool();
          for (const [index, line] of lines.entries()) {
            spool.append(line.toWellFormed());
            if (index % 7 === 0) expect([...spool.lines()]).toHaveLength(index + 1);
          }
          expect([...spool.lines()]).toEqual(lines.map((line) => line.toWellFormed()));
          expect([...spool.lines()]).toHaveLength(lines.length);
          spool.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  test('gives back lines that are longer than it reads at once', () => {
    const spool = new LineSpool();
    const lines = ['é'.repeat(100_000), 'x', '€'.repeat(70_001)];
    for (const line of lines) spool.append(line);
    expect([...spool.lines()]).toEqual(lines);
    spool.close();
  });

  test('leaves no file behind, even while it is open', () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('shimgate-'));
    const spool = new LineSpool();
    spool.append('x');
    expect([...spool.lines()]).toEqual(['x']);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('shimgate-') && !before.includes(name))).toEqual([]);
    spool.close();
  });
});

describe('a spool of findings', () => {
  const found = (code: AuditFinding['code'], severity: AuditFinding['severity'], name: string): AuditFinding => ({
    code,
    severity,
    field: '',
    message: name,
    fix: '',
    object: { apiVersion: 'v1', kind: 'Pod', name },
  });

  test('groups them by severity and code: worst first, then the most, and within a group as they came', () => {
    const spool = new FindingSpool();
    spool.add(found('UnusedRuntimeClass', 'info', 'a'));
    spool.add(found('NotAnnotated', 'info', 'b'));
    spool.add(found('NotAnnotated', 'info', 'c'));
    spool.add(found('UndeclaredHandler', 'warning', 'd'));
    spool.add(found('UndeclaredHandler', 'error', 'e'));
    spool.add(found('AbsolutePath', 'error', 'f'));
    expect(spool.groups).toEqual([
      { code: 'AbsolutePath', severity: 'error', count: 1 },
      { code: 'UndeclaredHandler', severity: 'error', count: 1 },
      { code: 'UndeclaredHandler', severity: 'warning', count: 1 },
      { code: 'NotAnnotated', severity: 'info', count: 2 },
      { code: 'UnusedRuntimeClass', severity: 'info', count: 1 },
    ]);
    expect(spool.totals).toEqual({ error: 2, warning: 1, info: 3 });
    const ofGroup = (limit?: number) =>
      [...spool.findingsOf({ code: 'NotAnnotated', severity: 'info' }, limit)].map(({ message }) => message);
    expect([ofGroup(), ofGroup(1), ofGroup(0)]).toEqual([['b', 'c'], ['b'], []]);
    expect([...spool.findingsOf({ code: 'NotAnnotated', severity: 'error' })]).toEqual([]);
    spool.close();
  });
});
