import { describe, expect, test } from '@jest/globals';
import type { AuditFinding } from '../../../src/audit/audit-finding.ts';
import { FindingSpool } from '../../../src/audit/finding-spool.ts';
import {
  maxResultBytes,
  maxResultsOfReport,
  reportObjects,
  type ReportOptions,
} from '../../../src/audit/reports/report-objects.ts';
import { resultOf, type ReportResult } from '../../../src/audit/reports/report-result.ts';
import { maxResultsOfNamespace, resultsByNamespace } from '../../../src/audit/reports/results-by-namespace.ts';
import { runMetrics } from '../../../src/audit/reports/run-metrics.ts';

const now = Date.UTC(2026, 10, 28, 4, 23);

function found(namespace: string, name: string, more: Partial<AuditFinding> = {}): AuditFinding {
  return {
    code: 'NotAnnotated',
    severity: 'info',
    field: '',
    message: `Pod ${namespace}/${name} is not annotated.`,
    fix: 'Make it anew.',
    object: { apiVersion: 'v1', kind: 'Pod', ...(namespace !== '' && { namespace }), name },
    ...more,
  };
}

type Spooled = { readonly namespace: string; readonly results: readonly ReportResult[] };

function spooled(findings: Iterable<AuditFinding>): readonly Spooled[] {
  const spool = new FindingSpool();
  for (const one of findings) spool.add(one);
  try {
    return Array.from(resultsByNamespace(spool, now), ({ namespace, results }) => ({
      namespace,
      results: [...results],
    }));
  } finally {
    spool.close();
  }
}

const options: ReportOptions = { api: 'openreports.io/v1alpha1', name: 'shimgate-audit' };

describe('the results of an audit', () => {
  test('are put together by namespace, worst first, those of the cluster among them', () => {
    const results = spooled([
      found('a', 'one'),
      found('b', 'two'),
      found('', 'kata', { object: { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', name: 'kata' } }),
      found('a', 'three', { code: 'RuntimeClassNotFound', severity: 'error' }),
    ]);
    expect(
      results.map(({ namespace, results: own }) => [namespace, own.map(({ policy, severity }) => [policy, severity])]),
    ).toEqual([
      [
        'a',
        [
          ['RuntimeClassNotFound', 'high'],
          ['NotAnnotated', 'info'],
        ],
      ],
      ['b', [['NotAnnotated', 'info']]],
      ['', [['NotAnnotated', 'info']]],
    ]);
  });

  test('are the worst of a namespace that has too many, and the last says how many more there are', () => {
    const many = Array.from({ length: maxResultsOfNamespace + 7 }, (_, index) => found('a', `web-${index}`));
    const worst = found('a', 'bad', { code: 'RuntimeClassNotFound', severity: 'error' });
    const [one, ...rest] = spooled([found('b', 'x'), ...many, worst].toReversed());
    expect(rest.map(({ namespace, results }) => [namespace, results.length])).toEqual([['b', 1]]);
    expect(one?.results).toHaveLength(maxResultsOfNamespace + 1);
    expect(one?.results[0]?.policy).toBe('RuntimeClassNotFound');
    expect(one?.results.at(-1)).toMatchObject({
      policy: 'FindingsLeftOut',
      result: 'skip',
      message: '8 more findings have no room here, none of them worse than these; shimgate audit shows all.',
    });
  });

  test('are all there, however many namespaces they are in', () => {
    const results = spooled(Array.from({ length: 45_000 }, (_, index) => found(`ns-${index % 900}`, `web-${index}`)));
    expect(new Set(results.map(({ namespace }) => namespace)).size).toBe(900);
    expect(results.every(({ results: own }) => own.length === 50)).toBe(true);
  });

  test('show what cannot be seen, and refer to no object where there is none', () => {
    const cluster = { apiVersion: '', kind: 'Cluster', name: '' };
    expect(
      resultOf(found('', '', { object: cluster, message: 'a\u202eb\n', chain: ['x', 'y'], field: 'spec' }), now),
    ).toEqual({
      source: 'shimgate',
      policy: 'NotAnnotated',
      category: 'What only an audit finds',
      result: 'warn',
      severity: 'info',
      message: String.raw`a\u202eb\u000a`,
      properties: { fix: 'Make it anew.', field: 'spec', chain: 'x -> y' },
      timestamp: { seconds: now / 1000, nanos: 0 },
    });
  });
});

describe('reports', () => {
  const results = (count: number, message: string) =>
    Array.from({ length: count }, (_, index) => resultOf(found('a', `web-${index}`, { message }), now));

  test('are split where one has as many results as it may, and each has the sum of its own', () => {
    const made = [...reportObjects({ namespace: 'a', results: results(2 * maxResultsOfReport + 1, 'x') }, options)];
    expect(made.map(({ metadata }) => metadata.name)).toEqual([1, 2, 3].map((number) => `shimgate-audit-${number}`));
    expect(made.map(({ summary }) => summary.warn)).toEqual([maxResultsOfReport, maxResultsOfReport, 1]);
  });

  test('are split by their bytes too, where texts are long and not of one byte a character', () => {
    const made = [...reportObjects({ namespace: 'a', results: results(900, 'é'.repeat(1_000)) }, options)];
    expect(made.length).toBeGreaterThan(3);
    const sizes = made.map((report) => Buffer.byteLength(JSON.stringify(report)));
    expect(Math.max(...sizes)).toBeLessThan(maxResultBytes + 2_000);
    expect(made.flatMap((report) => report.results)).toHaveLength(900);
  });

  test('have their kind by whose they are', () => {
    const kindOf = (namespace: string, api: ReportOptions['api']) =>
      [...reportObjects({ namespace, results: results(1, 'x') }, { ...options, api })].map(({ kind }) => kind);
    expect(kindOf('a', 'openreports.io/v1alpha1')).toEqual(['Report']);
    expect(kindOf('', 'openreports.io/v1alpha1')).toEqual(['ClusterReport']);
    expect(kindOf('a', 'wgpolicyk8s.io/v1alpha2')).toEqual(['PolicyReport']);
    expect(kindOf('', 'wgpolicyk8s.io/v1alpha2')).toEqual(['ClusterPolicyReport']);
  });
});

test('the figures of a run are what Prometheus reads', async () => {
  const findings = new FindingSpool();
  findings.add(found('a', 'one'));
  findings.add(found('a', 'two'));
  const text = await runMetrics({ isWhole: false, areWritten: true, findings, durationMs: 1_500, endedAt: now });
  findings.close();
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
    'shimgate_audit_findings{code="NotAnnotated",severity="info"} 2',
    'shimgate_audit_duration_seconds 1.5',
    `shimgate_audit_last_run_timestamp_seconds ${now / 1000}`,
    'shimgate_audit_complete 0',
    'shimgate_audit_reports_complete 1',
  ]);
});
