import { subjectTitles, type CodeEntry, type Severity } from '../../finding/code-entry.ts';
import { codes } from '../../finding/codes.ts';
import type { ObjectReference } from '../../finding/object-reference.ts';
import { visible } from '../../finding/quote.ts';
import type { AuditFinding } from '../audit-finding.ts';

/** A result of a report, as far as an audit fills it in; both APIs have the same. */
export type ReportResult = {
  readonly source: 'shimgate';
  /** The code of a finding. */
  readonly policy: string;
  readonly category: string;
  readonly result: 'fail' | 'warn' | 'skip';
  readonly severity?: 'high' | 'medium' | 'info';
  readonly message: string;
  readonly resources?: readonly ObjectReference[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
};

/** How a severity is told: what would be denied has failed; what is only worth knowing is a warning of the least kind. */
const verdicts: Readonly<Record<Severity, Pick<ReportResult, 'result' | 'severity'>>> = {
  error: { result: 'fail', severity: 'high' },
  warning: { result: 'warn', severity: 'medium' },
  info: { result: 'warn', severity: 'info' },
};

/** A finding as a result. @param now in milliseconds since the epoch */
export function resultOf(
  { code, severity, message, field, fix, chain = [], object }: AuditFinding,
  now: number,
): ReportResult {
  const { subject }: CodeEntry = codes[code];
  const properties = { fix, ...(field !== '' && { field }), ...(chain.length > 1 && { chain: chain.join(' -> ') }) };
  return {
    source: 'shimgate',
    policy: code,
    category: subjectTitles[subject],
    ...verdicts[severity],
    message: visible(message),
    // The cluster as a whole, and a file, are no objects that anybody could look up.
    ...(object.apiVersion !== '' && object.name !== '' && { resources: [object] }),
    properties: Object.fromEntries(Object.entries(properties).map(([key, text]) => [key, visible(text)])),
    timestamp: timestampOf(now),
  };
}

/** What stands for the findings that there is no room for. @param now in milliseconds since the epoch */
export function leftOutResult(count: number, now: number): ReportResult {
  const what = count === 1 ? '1 more finding has' : `${count.toLocaleString('en-US')} more findings have`;
  return {
    source: 'shimgate',
    policy: 'FindingsLeftOut',
    category: subjectTitles.Audit,
    result: 'skip',
    message: `${what} no room here, none of them worse than these; shimgate audit shows all.`,
    timestamp: timestampOf(now),
  };
}

function timestampOf(now: number): ReportResult['timestamp'] {
  return { seconds: Math.floor(now / 1000), nanos: 0 };
}
