import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { sarifReporter } from '../../../../src/audit/reporters/sarif-reporter.ts';
import type { AuditReport } from '../../../../src/audit/audit.ts';
import { classObject, podObject, namespaceObject, reportOf } from '../../../support/reports/audit-of.ts';
import { hostileReport, hostileTexts } from '../../../support/reports/hostile-report.ts';

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/sarif/sarif-schema-2.1.0.json'), 'utf8'),
) as object;
/** The formats are checked by what they must be here: a URI reference, and no moment in time. */
const validate = new Ajv({
  strict: false,
  // Some patterns of the schema are regular expressions only without the flag u.
  unicodeRegExp: false,
  formats: { uri: isReference, 'uri-reference': isReference, 'date-time': () => false },
}).compile(schema);

function isReference(text: string): boolean {
  return URL.canParse(text, 'file:///base/') && /^[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/.test(text);
}

type Log = {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly object[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly partialFingerprints: object;
      readonly locations: readonly {
        readonly physicalLocation?: object;
        readonly logicalLocations: readonly object[];
      }[];
    }[];
  }[];
};

const options = { limit: Infinity, failOn: 'error', isColoured: false, isWide: false, version: '1.2.3' } as const;
const opened: AuditReport[] = [];

afterEach(() => {
  for (const report of opened.splice(0)) report.findings.close();
});

function logOf(report: AuditReport): Log {
  opened.push(report);
  const log = JSON.parse([...sarifReporter(report, options)].join('')) as Log;
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
  return log;
}

describe('the SARIF log of an audit', () => {
  test('is valid by the official schema, and the schema is in force', async () => {
    logOf(await reportOf({ objects: [podObject('p', { runtimeClassName: 'x' }), classObject('c', '/bin/sh')] }));
    expect(validate({ version: '2.1.0', runs: [{}] })).toBe(false);
  });

  test('is valid where nothing was found', async () => {
    const [run] = logOf(await reportOf({ objects: [namespaceObject('default')] })).runs;
    expect(run?.results).toEqual([]);
  });

  test('is valid whatever the names are', () => {
    const [run] = logOf(hostileReport()).runs;
    expect(run?.results).toHaveLength(hostileTexts.length);
    expect(run?.invocations).toEqual([{ executionSuccessful: false }]);
  });

  test('names the rule, the object and its fingerprint of each finding', async () => {
    const [run] = logOf(
      await reportOf({ objects: [podObject('p', { runtimeClassName: 'x' }), classObject('c', 'runc')] }),
    ).runs;
    const [first, second] = run?.results ?? [];
    expect(first).toMatchObject({ ruleId: 'RuntimeClassNotFound', ruleIndex: 0, level: 'error' });
    expect(second).toMatchObject({ ruleId: 'UnusedRuntimeClass', ruleIndex: 1, level: 'note' });
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(['RuntimeClassNotFound', 'UnusedRuntimeClass']);
    // Standard input is no file that anybody could open, and code scanning takes no result without one.
    expect(first?.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'kubernetes/default/Pod/p.yaml' },
          region: { startLine: 1, startColumn: 1 },
        },
        logicalLocations: [{ name: 'p', fullyQualifiedName: 'Pod default/p', kind: 'resource' }],
      },
    ]);
    const again = logOf(
      await reportOf({ objects: [classObject('z', 'crun'), podObject('p', { runtimeClassName: 'x' })] }),
    ).runs[0];
    expect(again?.results[0]?.partialFingerprints).toEqual(first?.partialFingerprints);
  });

  test.each([
    ['dir/a b#c?.yaml', 'dir/a%20b%23c%3F.yaml'],
    ['/abs/ü.yaml', 'file:///abs/%C3%BC.yaml'],
    ['../x.yaml', '../x.yaml'],
    ['c:x.yaml', 'c%3Ax.yaml'],
  ])('says where the object stands: %s', (file, uri) => {
    const report = hostileReport();
    report.findings.add({
      code: 'AbsolutePath',
      severity: 'error',
      field: '',
      message: 'x',
      fix: 'y',
      object: { apiVersion: 'v1', kind: 'Pod', name: 'where' },
      source: { file, line: 7, column: 3 },
    });
    const results = logOf(report).runs[0]?.results ?? [];
    const found = results.find(({ locations }) => JSON.stringify(locations).includes('"Pod where"'));
    expect(found?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri },
      region: { startLine: 7, startColumn: 3 },
    });
  });
});
