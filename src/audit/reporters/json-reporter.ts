import { printableJson, printableYaml } from '../../text/printable.ts';
import type { AuditFinding } from '../audit-finding.ts';
import type { AuditReport } from '../audit.ts';
import type { Reporter } from './reporter.ts';

/** Everything as one JSON document; each finding on lines of its own, as they come from disk. */
export const jsonReporter: Reporter = function* (report) {
  const head = printableJson(headOf(report), 2);
  yield `${head.slice(0, -'\n}'.length)},\n  "findings": [`;
  let separator = '\n';
  for (const found of findingsOf(report)) {
    yield `${separator}${indent(printableJson(found, 2), '    ')}`;
    separator = ',\n';
  }
  yield separator === '\n' ? ']\n}\n' : '\n  ]\n}\n';
};

/** The same as one YAML document. */
export const yamlReporter: Reporter = function* (report) {
  yield printableYaml(headOf(report));
  let isEmpty = true;
  for (const found of findingsOf(report)) {
    if (isEmpty) yield 'findings:\n';
    isEmpty = false;
    yield printableYaml([found]);
  }
  if (isEmpty) yield 'findings: []\n';
};

function headOf({ source, configuration, isInterrupted, objects, findings, chains }: AuditReport): object {
  return {
    source,
    ...(configuration !== undefined && { configuration }),
    isInterrupted,
    objects,
    totals: findings.totals,
    codes: findings.groups,
    classes: chains,
  };
}

/** As programs read them: what a report for people needs besides is left out. */
function* findingsOf({ findings }: AuditReport): Generator<Omit<AuditFinding, 'isNamed' | 'origin'>, void, undefined> {
  for (const group of findings.groups) {
    for (const { isNamed, origin, ...found } of findings.findingsOf(group)) yield found;
  }
}

function indent(text: string, by: string): string {
  return text.replaceAll(/^/gm, by);
}
