import { isAtLeast } from '../../finding/finding.ts';
import { objectLabel } from '../../finding/object-reference.ts';
import type { AuditFinding } from '../audit-finding.ts';
import { attributes, escapeXml } from '../../text/xml.ts';
import type { FindingGroup } from '../finding-spool.ts';
import type { Reporter } from './reporter.ts';

/**
 * JUnit's XML, for what shows a build's tests: a suite for each code and severity, and a case for each finding, which
 * fails where the audit does. An audit that finds nothing is one case that passes.
 *
 * Source: the form that Ant's JUnit task writes, as Jenkins and GitLab read it.
 */
export const junitReporter: Reporter = function* ({ findings, isInterrupted }, { failOn }) {
  const { groups, totals } = findings;
  const fails = ({ severity }: Pick<FindingGroup, 'severity'>) => failOn !== undefined && isAtLeast(severity, failOn);
  const cases = totals.error + totals.warning + totals.info;
  const failures = groups.filter(fails).reduce((sum, { count }) => sum + count, 0);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites${attributes({ name: 'shimgate audit', tests: Math.max(1, cases) + (isInterrupted ? 1 : 0), failures, errors: isInterrupted ? 1 : 0 })}>\n`;
  for (const group of groups) {
    const { severity, code, count } = group;
    const failing = fails(group);
    const suite = { name: `${code} (${severity})`, tests: count, failures: failing ? count : 0, errors: 0 };
    yield `  <testsuite${attributes(suite)}>\n`;
    for (const found of findings.findingsOf(group)) yield caseText(found, failing);
    yield '  </testsuite>\n';
  }
  if (cases === 0) {
    yield `  <testsuite${attributes({ name: 'shimgate audit', tests: 1, failures: 0, errors: 0 })}>\n`;
    yield `    <testcase${attributes({ classname: 'shimgate', name: 'nothing was found' })}/>\n  </testsuite>\n`;
  }
  if (isInterrupted) {
    yield `  <testsuite${attributes({ name: 'shimgate audit', tests: 1, failures: 0, errors: 1 })}>\n`;
    yield `    <testcase${attributes({ classname: 'shimgate', name: 'everything was read' })}>\n`;
    yield `      <error${attributes({ message: 'Interrupted: not everything was read.' })}/>\n    </testcase>\n  </testsuite>\n`;
  }
  yield '</testsuites>\n';
};

function caseText(found: AuditFinding, failing: boolean): string {
  const { code, severity, message, fix, field, object, source } = found;
  const place = source === undefined ? {} : { file: source.file, line: source.line };
  const name = `${objectLabel(object)}${field === '' ? '' : ` ${field}`}`;
  const text = `${escapeXml(message)}&#10;${escapeXml(fix)}`;
  const body = failing
    ? `<failure${attributes({ type: severity, message })}>${text}</failure>`
    : `<system-out>${text}</system-out>`;
  return `    <testcase${attributes({ classname: code, name, ...place })}>\n      ${body}\n    </testcase>\n`;
}
