import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codes } from '../../finding/codes.ts';
import type { CodeEntry } from '../../finding/code-entry.ts';
import type { FindingCode } from '../../finding/codes.ts';
import type { Severity } from '../../finding/code-entry.ts';
import { objectLabel } from '../../finding/object-reference.ts';
import type { AuditFinding } from '../audit-finding.ts';
import type { Reporter } from './reporter.ts';

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/**
 * SARIF 2.1.0, for what shows findings beside the files that they are in.
 *
 * Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
 */
export const sarifReporter: Reporter = function* ({ findings, isInterrupted, source }, { version }) {
  const rules = [...new Set(findings.groups.map(({ code }) => code))];
  const ruleIndices = new Map(rules.map((code, index) => [code, index]));
  const run = {
    tool: { driver: { name: 'shimgate', version, rules: rules.map(ruleOf) } },
    automationDetails: { description: { text: `shimgate audit of ${source}` } },
    invocations: [{ executionSuccessful: !isInterrupted }],
  };
  const head = JSON.stringify({ $schema: schemaUri, version: '2.1.0', runs: [{ ...run, results: [] }] });
  const [before, after] = [head.slice(0, -']}]}'.length), ']}]}\n'];
  yield before;
  let separator = '\n';
  for (const group of findings.groups) {
    const ruleIndex = ruleIndices.get(group.code) ?? -1;
    for (const found of findings.findingsOf(group)) {
      yield `${separator}${JSON.stringify(resultOf(found, ruleIndex))}`;
      separator = ',\n';
    }
  }
  yield after;
};

const schemaUri = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

function ruleOf(code: FindingCode): object {
  const { meaning, fix, severity, subject }: CodeEntry = codes[code];
  return {
    id: code,
    shortDescription: { text: firstSentence(meaning) },
    fullDescription: { text: meaning },
    help: { text: fix },
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: [subject] },
  };
}

function firstSentence(text: string): string {
  return /^.*?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;
}

function resultOf(found: AuditFinding, ruleIndex: number): object {
  const { code, severity, message, fix, field, object, chain } = found;
  return {
    ruleId: code,
    ruleIndex,
    level: levels[severity],
    message: { text: `${message} ${fix}` },
    locations: [locationOf(found)],
    // What stays the same while lines of the file above it come and go.
    partialFingerprints: { 'finding/v1': digest([code, object.apiVersion, objectLabel(object), field]) },
    properties: { ...(field !== '' && { field }), ...(chain !== undefined && { chain }) },
  };
}

function locationOf({ object, source }: AuditFinding): object {
  const label = objectLabel(object);
  const logicalLocations = [
    { name: object.name === '' ? label : object.name, fullyQualifiedName: label, kind: 'resource' },
  ];
  if (source === undefined || source.file === 'stdin') return { logicalLocations };
  const { file, line, column } = source;
  const region = { startLine: line, ...(column !== undefined && { startColumn: column }) };
  return { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region }, logicalLocations };
}

/** A reference by which the file is found from where the audit ran. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).toString();
  return file.toWellFormed().split('/').map(encodeURIComponent).join('/');
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
