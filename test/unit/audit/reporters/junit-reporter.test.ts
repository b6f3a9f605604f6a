import { describe, expect, test } from '@jest/globals';
import { junitReporter } from '../../../../src/audit/reporters/junit-reporter.ts';
import type { AuditReport } from '../../../../src/audit/audit.ts';
import { visible } from '../../../../src/finding/quote.ts';
import type { Severity } from '../../../../src/finding/code-entry.ts';
import { classObject, namespaceObject, podObject, reportOf } from '../../../support/reports/audit-of.ts';
import { parseXml, type Element } from '../../../support/reports/parse-xml.ts';
import { hostileReport, hostileTexts } from '../../../support/reports/hostile-report.ts';

function documentOf(report: AuditReport, failOn: Severity | undefined): Element {
  try {
    const options = { limit: Infinity, failOn, isColoured: false, isWide: false, version: '1' };
    const document = parseXml([...junitReporter(report, options)].join(''));
    checkNumbers(document);
    return document;
  } finally {
    report.findings.close();
  }
}

/** What the attributes count is what is there. */
function checkNumbers(document: Element): void {
  const count = (element: Element, name: string): number =>
    element.children.reduce((sum, child) => sum + (child.name === name ? 1 : 0) + count(child, name), 0);
  for (const element of [document, ...document.children]) {
    const { tests, failures, errors } = element.attributes;
    expect([element.name, Number(tests), Number(failures), Number(errors)]).toEqual([
      element.name,
      count(element, 'testcase'),
      count(element, 'failure'),
      count(element, 'error'),
    ]);
  }
}

const objects = [
  podObject('p', { runtimeClassName: 'x' }),
  classObject('c', 'runc'),
  namespaceObject('n', { 'shimgate.dev/mode': 'x' }),
];

describe('the JUnit document of an audit', () => {
  test.each<readonly [Severity | undefined, readonly string[]]>([
    ['error', ['failure', 'system-out', 'system-out']],
    ['warning', ['failure', 'failure', 'system-out']],
    ['info', ['failure', 'failure', 'failure']],
    [undefined, ['system-out', 'system-out', 'system-out']],
  ])('has a case for each finding, which fails where the audit does: %s', async (failOn, outcomes) => {
    const document = documentOf(await reportOf({ objects }), failOn);
    expect(document.children.map(({ attributes }) => attributes['name'])).toEqual([
      'RuntimeClassNotFound (error)',
      'MalformedModeLabel (warning)',
      'UnusedRuntimeClass (info)',
    ]);
    const cases = document.children.flatMap(({ children }) => children);
    expect(cases.map(({ children }) => children[0]?.name)).toEqual(outcomes);
    expect(cases[0]?.attributes).toEqual({
      classname: 'RuntimeClassNotFound',
      name: 'Pod default/p spec.runtimeClassName',
      file: 'stdin',
      line: '1',
    });
    expect(cases[0]?.children[0]?.text).toContain('no such RuntimeClass.\nCreate the RuntimeClass');
  });

  test('has one case that passes where nothing was found', async () => {
    const document = documentOf(await reportOf({ objects: [namespaceObject('default')] }), 'info');
    expect(document.attributes).toMatchObject({ tests: '1', failures: '0' });
  });

  test('is well-formed whatever the names are, and carries them', () => {
    const document = documentOf(hostileReport(), 'info');
    expect(document.attributes).toMatchObject({ tests: String(hostileTexts.length + 1), errors: '1' });
    const names = document.children.flatMap(({ children }) =>
      children.map(({ attributes }) => attributes['name'] ?? ''),
    );
    for (const text of hostileTexts) {
      expect(names.some((name) => name.includes(visible(text)))).toBe(true);
    }
  });
});
