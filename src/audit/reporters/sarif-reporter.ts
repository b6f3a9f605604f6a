import { createHash } from 'node:crypto';
import { codes } from '../../finding/codes.ts';
import type { CodeEntry } from '../../finding/code-entry.ts';
import type { FindingCode } from '../../finding/codes.ts';
import type { Severity } from '../../finding/code-entry.ts';
import { objectLabel } from '../../finding/object-reference.ts';
import { visible } from '../../finding/quote.ts';
import type { AuditFinding } from '../audit-finding.ts';
import { printableJson } from '../../text/printable.ts';
import type { FindingGroup, FindingSpool } from '../finding-spool.ts';
import type { Reporter, ReportOptions } from './reporter.ts';
import { locationOf } from './sarif-location.ts';

const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/** Code scanning refuses a file with more. Source: GitHub, "SARIF results file is too large". */
const maxResults = 25_000;

/** SARIF 2.1.0, for what shows findings beside the files that they are in. */
export const sarifReporter: Reporter = ({ findings, isInterrupted, source }, options) =>
  sarifLog({ findings, what: `shimgate audit of ${source}`, isSuccessful: !isInterrupted }, options);

/** What a run of shimgate found. */
export type SarifRun = {
  readonly findings: FindingSpool;
  /** What ran, on what. */
  readonly what: string;
  /** Whether everything was read. */
  readonly isSuccessful: boolean;
};

/**
 * The log of a run, piece by piece.
 *
 * Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; GitHub, "SARIF support for code scanning".
 */
export function* sarifLog(
  { findings, what, isSuccessful }: SarifRun,
  { version, limit }: Pick<ReportOptions, 'version' | 'limit'>,
): Generator<string, void, undefined> {
  const shares = sharesOf(findings.groups, limit);
  const rules = [...new Set(shares.map(({ group }) => group.code))];
  const ruleIndices = new Map(rules.map((code, index) => [code, index]));
  const run = {
    tool: { driver: { name: 'shimgate', version, rules: rules.map(ruleOf) } },
    automationDetails: { description: { text: literal(what) } },
    invocations: [{ executionSuccessful: isSuccessful, ...noticeOf(shares) }],
    columnKind: 'utf16CodeUnits',
  };
  const head = printableJson({ $schema: schemaUri, version: '2.1.0', runs: [{ ...run, results: [] }] });
  const [before, after] = [head.slice(0, -']}]}'.length), ']}]}\n'];
  yield before;
  let separator = '\n';
  const fingerprints = new Fingerprints();
  for (const { group, share } of shares) {
    const ruleIndex = ruleIndices.get(group.code) ?? -1;
    for (const found of findings.findingsOf(group, share)) {
      yield `${separator}${printableJson(resultOf(found, ruleIndex, fingerprints))}`;
      separator = ',\n';
    }
  }
  yield after;
}

/** How many findings of a group are written. */
type Share = { readonly group: FindingGroup; readonly share: number };

/** As many of each code as are asked for, worst first, until there is no more room. */
function sharesOf(groups: readonly FindingGroup[], limit: number): readonly Share[] {
  let room = maxResults;
  return groups.map((group) => {
    const share = Math.min(group.count, limit, room);
    room -= share;
    return { group, share };
  });
}

/** Says what was left out, so that nobody takes the file for all that was found. */
function noticeOf(shares: readonly Share[]): object {
  const short = shares.filter(({ group, share }) => share < group.count);
  if (short.length === 0) return {};
  const parts = short.map(({ group, share }) => `${(group.count - share).toLocaleString('en-US')} of ${group.code}`);
  const left = short.reduce((sum, { group, share }) => sum + group.count - share, 0);
  const text = `${left.toLocaleString('en-US')} results were left out: ${parts.join(', ')}. The formats json and yaml have all.`;
  return { toolExecutionNotifications: [{ level: 'warning', message: { text } }] };
}

/** What tells a result from the others from run to run, while lines of the file above it come and go. */
class Fingerprints {
  readonly #counts = new Map<string, number>();

  of({ code, object, field }: AuditFinding): object {
    const digest = createHash('sha256')
      .update(JSON.stringify([code, object.apiVersion, objectLabel(object), field]))
      .digest('hex')
      .slice(0, 32);
    const count = (this.#counts.get(digest) ?? 0) + 1;
    this.#counts.set(digest, count);
    // Code scanning reads this one alone. It is no hash of a line, but of what the finding is about.
    return { primaryLocationLineHash: `${digest}:${count}`, 'finding/v1': digest };
  }
}

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

function resultOf(found: AuditFinding, ruleIndex: number, fingerprints: Fingerprints): object {
  const { code, severity, message, fix, field, chain } = found;
  return {
    ruleId: code,
    ruleIndex,
    level: levels[severity],
    message: { text: literal(`${message} ${fix}`) },
    locations: [locationOf(found)],
    partialFingerprints: fingerprints.of(found),
    properties: { ...(field !== '' && { field }), ...(chain !== undefined && { chain }) },
  };
}

/**
 * A text in which nothing is a link or a placeholder, whoever wrote it.
 *
 * Source: SARIF 2.1.0, 3.11.5 "Messages with placeholders" and 3.11.6 "Messages with embedded links".
 */
function literal(text: string): string {
  return visible(text)
    .replaceAll(/(\\*)\]\(/g, (_, backslashes: string) => `${backslashes}${backslashes}\\](`)
    .replaceAll(/\{(?=\d+\})/g, '{{')
    .replaceAll(/(?<=\{\{\d+)\}/g, '}}');
}
