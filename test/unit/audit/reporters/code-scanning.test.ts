import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AuditFinding } from '../../../../src/audit/audit-finding.ts';
import type { AuditReport } from '../../../../src/audit/audit.ts';
import { FindingSpool } from '../../../../src/audit/finding-spool.ts';
import { sarifReporter } from '../../../../src/audit/reporters/sarif-reporter.ts';
import { hostileReport } from '../../../support/reports/hostile-report.ts';

/** What GitHub's code scanning asks of a file; one that breaks any of it is rejected as a whole, or shown in part. */
type Log = {
  readonly $schema?: string;
  readonly version?: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly Rule[] } };
    readonly invocations: readonly { readonly toolExecutionNotifications?: readonly { message: { text: string } }[] }[];
    readonly results: readonly Result[];
  }[];
};
type Rule = {
  readonly id?: string;
  readonly shortDescription?: { readonly text?: string };
  readonly fullDescription?: { readonly text?: string };
  readonly help?: { readonly text?: string };
  readonly properties?: { readonly tags?: readonly string[] };
};
type Result = {
  readonly ruleId?: string;
  readonly ruleIndex?: number;
  readonly message: { readonly text?: string };
  readonly locations?: readonly {
    readonly physicalLocation?: {
      readonly artifactLocation?: { readonly uri?: string };
      readonly region?: { readonly startLine?: number; readonly startColumn?: number };
    };
  }[];
  readonly partialFingerprints?: { readonly primaryLocationLineHash?: string };
};

const opened: AuditReport[] = [];

afterEach(() => {
  for (const report of opened.splice(0)) report.findings.close();
});

function reportOf(findings: Iterable<AuditFinding>): AuditReport {
  const spool = new FindingSpool();
  for (const found of findings) spool.add(found);
  const report: AuditReport = {
    source: 'cluster https://192.0.2.1',
    configuration: 'shimgate.yaml',
    isInterrupted: false,
    isWhole: true,
    objects: {},
    findings: spool,
    chains: [],
    matrix: undefined,
  };
  return report;
}

function written(report: AuditReport, limit = Infinity): { readonly text: string; readonly log: Log } {
  opened.push(report);
  const options = { limit, failOn: 'error', isColoured: false, isWide: false, version: '1.2.3' } as const;
  const text = [...sarifReporter(report, options)].join('');
  return { text, log: JSON.parse(text) as Log };
}

function pod(index: number, better: Partial<AuditFinding> = {}): AuditFinding {
  return {
    code: 'UndeclaredHandler',
    severity: 'error',
    field: 'spec.runtimeClassName',
    message: `Pod ${index} is wrong.`,
    fix: 'Correct it.',
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: `p${index}` },
    ...better,
  };
}

function* many(count: number, better?: Partial<AuditFinding>): Generator<AuditFinding> {
  for (let index = 0; index < count; index++) yield pod(index, better);
}

const uriOf = ({ locations }: Result) => locations?.[0]?.physicalLocation?.artifactLocation?.uri;

/** Source: GitHub, "SARIF support for code scanning", and "SARIF results exceed one or more limits". */
function checkRules({ text, log }: ReturnType<typeof written>): void {
  expect([log.$schema, log.version]).toEqual([expect.stringContaining('sarif-schema-2.1.0'), '2.1.0']);
  expect(log.runs.length).toBeLessThanOrEqual(20);
  expect(gzipSync(text).length).toBeLessThan(10 * 1024 * 1024);
  for (const { tool, results } of log.runs) {
    expect(tool.driver.name).not.toBe('');
    expect(tool.driver.rules.length).toBeLessThanOrEqual(25_000);
    for (const rule of tool.driver.rules) {
      const texts = [rule.id, rule.shortDescription?.text, rule.fullDescription?.text, rule.help?.text];
      expect(texts.every((one) => one !== undefined && one !== '')).toBe(true);
      expect(rule.properties?.tags?.length ?? 0).toBeLessThanOrEqual(10);
    }
    expect(results.length).toBeLessThanOrEqual(25_000);
    const broken = results.filter((result) => {
      const { locations = [], message, partialFingerprints, ruleId, ruleIndex = -1 } = result;
      const physical = locations[0]?.physicalLocation;
      return !(
        tool.driver.rules[ruleIndex]?.id === ruleId &&
        message.text !== undefined &&
        message.text !== '' &&
        locations.length > 0 &&
        locations.length <= 1_000 &&
        (physical?.artifactLocation?.uri ?? '') !== '' &&
        (physical?.region?.startLine ?? 0) >= 1 &&
        (physical?.region?.startColumn ?? 0) >= 1 &&
        (partialFingerprints?.primaryLocationLineHash ?? '') !== ''
      );
    });
    expect(broken).toEqual([]);
    const hashes = results.map(({ partialFingerprints }) => partialFingerprints?.primaryLocationLineHash);
    expect(new Set(hashes).size).toBe(results.length);
  }
}

describe("code scanning's rules are kept", () => {
  test('for objects of a live cluster, of files, of standard input, and for what is no object', () => {
    const where = (file: string) => ({ source: { file, line: 3 } });
    const configuration = { apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration' };
    const output = written(
      reportOf([
        pod(0),
        pod(1, { object: { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', name: 'a b' } }),
        pod(2, where('manifests/web.yaml')),
        pod(3, where('stdin')),
        pod(4, { object: { ...configuration, name: 'config/shimgate.yaml' } }),
        pod(5, { object: { ...configuration, name: 'configmap shimgate/settings' } }),
        pod(6, { object: { ...configuration, name: '' } }),
        pod(7, { object: { apiVersion: '', kind: 'Cluster', name: '' } }),
        pod(8, where(`${process.cwd()}/manifests/x y.yaml`)),
      ]),
    );
    checkRules(output);
    expect(output.log.runs[0]?.results.map(uriOf)).toEqual([
      'kubernetes/default/Pod/p0.yaml',
      'kubernetes/RuntimeClass/a%20b.yaml',
      'manifests/web.yaml',
      'kubernetes/default/Pod/p3.yaml',
      'config/shimgate.yaml',
      'kubernetes/shimgate/ConfigMap/settings.yaml',
      'kubernetes/ShimgateConfiguration.yaml',
      'kubernetes/Cluster.yaml',
      'manifests/x%20y.yaml',
    ]);
  });

  test('whatever the names are', () => {
    checkRules(written(hostileReport()));
  });

  test('of two results about the same place each has a hash of its own, from run to run', () => {
    const [first, second] = [written(reportOf([pod(1), pod(1), pod(2)])), written(reportOf([pod(2), pod(1), pod(1)]))];
    checkRules(first);
    const hashes = ({ log }: typeof first) =>
      log.runs[0]?.results.map(({ partialFingerprints }) => partialFingerprints?.primaryLocationLineHash).toSorted();
    expect(hashes(second)).toEqual(hashes(first));
  });

  test('no more results than are taken, the worst of them, and what was left out is said', () => {
    const findings = [...many(20_000, { severity: 'warning', code: 'UnusedRuntimeClass' }), ...many(6_000)];
    const output = written(reportOf(findings));
    checkRules(output);
    const [run] = output.log.runs;
    expect(run?.results.filter(({ ruleId }) => ruleId === 'UndeclaredHandler')).toHaveLength(6_000);
    expect(run?.results).toHaveLength(25_000);
    expect(run?.invocations[0]?.toolExecutionNotifications?.[0]?.message.text).toBe(
      '1,000 results were left out: 1,000 of UnusedRuntimeClass. The formats json and yaml have all.',
    );
  });

  test('--limit is obeyed', () => {
    const output = written(reportOf([...many(5), ...many(3, { code: 'AbsolutePath' })]), 4);
    checkRules(output);
    const [run] = output.log.runs;
    expect(run?.results).toHaveLength(7);
    expect(run?.invocations[0]?.toolExecutionNotifications?.[0]?.message.text).toContain('1 of UndeclaredHandler');
  });

  test('without anything to leave out nothing is said', () => {
    expect(written(reportOf([pod(1)])).log.runs[0]?.invocations).toEqual([{ executionSuccessful: true }]);
  });
});

describe('a message holds no link and no placeholder that somebody else made', () => {
  test.each([
    ['[here](https://attacker.example/)', '[here\\](https://attacker.example/)'],
    ['[here\\](https://attacker.example/)', '[here\\\\\\](https://attacker.example/)'],
    ['{0} and {a: 1}', '{{0}} and {a: 1}'],
    ['metadata.annotations[key]', 'metadata.annotations[key]'],
    ['a\u202eb', 'a\\u202eb'],
  ])('%j', (name, expected) => {
    const { log } = written(reportOf([pod(1, { message: name })]));
    expect(log.runs[0]?.results[0]?.message.text).toBe(`${expected} Correct it.`);
  });
});
