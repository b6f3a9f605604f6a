import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { htmlReporter } from '../../../../src/audit/reporters/html/html-reporter.ts';
import type { AuditReport } from '../../../../src/audit/audit.ts';
import { hostileReport, hostileTexts } from '../../../support/reports/hostile-report.ts';

const options = { limit: Infinity, failOn: 'error', isColoured: false, isWide: false, version: '1.2.3' } as const;

function pageOf(report: AuditReport): string {
  try {
    return [...htmlReporter(report, options)].join('');
  } finally {
    report.findings.close();
  }
}

test('the policy of the page allows its own script and style, by what is in them, and nothing else', () => {
  const page = pageOf(hostileReport());
  const only = (tag: string) => {
    const [element, ...others] = [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))];
    expect(others).toEqual([]);
    return `'sha256-${createHash('sha256')
      .update(element?.[1] ?? '')
      .digest('base64')}'`;
  };
  expect(/Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]).toBe(
    `default-src 'none'; script-src ${only('script')}; style-src ${only('style')}; base-uri 'none'; form-action 'none'`,
  );
});

test('no text of a report has a meaning in the page', () => {
  const page = pageOf(hostileReport());
  for (const text of hostileTexts.filter((one) => /[<>"'&]/.test(one))) expect(page).not.toContain(text);
  for (const character of ['\u0000', '\u001b', '\u202e', '\u2028', '\ufeff']) expect(page).not.toContain(character);
});
