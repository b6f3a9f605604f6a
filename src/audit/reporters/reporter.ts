import type { Severity } from '../../finding/code-entry.ts';
import type { AuditReport } from '../audit.ts';

export type ReportOptions = {
  /** Findings of each code that formats for people show; the totals are of all. */
  readonly limit: number;
  /** The least severe findings that fail the audit; undefined where none do. */
  readonly failOn: Severity | undefined;
  /** Whether to colour; only for a terminal. */
  readonly isColoured: boolean;
  readonly isWide: boolean;
  /** Of shimgate. */
  readonly version: string;
};

/** Writes a report, piece by piece: there may be more findings than fit into memory. */
export type Reporter = (report: AuditReport, options: ReportOptions) => Iterable<string>;

/** A number of things in words: `1 error`, `12,345 pods`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** How many findings of each severity, in words. */
export function totalsText({ findings }: AuditReport): string {
  const { error, warning, info } = findings.totals;
  return `${counted(error, 'error')}, ${counted(warning, 'warning')}, ${counted(info, 'info', 'infos')}`;
}
