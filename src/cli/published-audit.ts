import type { AuditReport } from '../audit/audit.ts';
import type { ReportApi } from '../audit/reports/report-kinds.ts';
import type { RunFigures } from '../audit/reports/run-metrics.ts';
import { causeText } from '../cluster/api-error.ts';
import type { ClusterConnection } from '../cluster/connection.ts';
import { writeError, writeLines } from './output.ts';

export type PublishFlags = {
  readonly writeReports?: string;
  readonly reportApi: ReportApi;
  readonly reportOwner?: string;
  readonly pushMetrics?: string;
  readonly requestTimeout: number;
};

/**
 * Writes what an audit found where others read it: into the cluster as objects, and as metrics to a Pushgateway. Standard error
 * says what became of that. What was interrupted is not written.
 *
 * @param startedAt in milliseconds since the epoch
 * @returns whether all that was asked for was done
 */
export async function publishAudit(
  report: AuditReport,
  connection: ClusterConnection | undefined,
  startedAt: number,
  flags: PublishFlags,
): Promise<boolean> {
  if (report.isInterrupted) return false;
  const endedAt = Date.now();
  const areWritten = await writeAsObjects(report, connection, flags);
  return (await push(report, { areWritten, endedAt, durationMs: endedAt - startedAt }, flags)) && areWritten;
}

async function writeAsObjects(
  report: AuditReport,
  connection: ClusterConnection | undefined,
  { writeReports: name, reportApi: api, reportOwner: ownerRole, requestTimeout: timeoutMs }: PublishFlags,
): Promise<boolean> {
  if (name === undefined || connection === undefined) return true;
  const { writeReports } = await import('../audit/reports/write-reports.ts');
  try {
    const result = await writeReports(connection, report, { name, api, ownerRole, now: Date.now(), timeoutMs });
    if (!result.isServed) {
      const what = `the cluster does not serve ${api}`;
      writeError('warning', `${what}: no reports are written; install its CustomResourceDefinitions`);
      return true;
    }
    for (const failure of result.failures) writeError('error', failure);
    writeLines([[`${result.written} reports written, ${result.removed} removed (${api}).`]], process.stderr);
    return result.failures.length === 0;
  } catch (error) {
    writeError('error', `cannot write reports: ${causeText(error)}`);
    return false;
  }
}

async function push(
  { isWhole, findings }: AuditReport,
  run: Omit<RunFigures, 'isWhole' | 'findings'>,
  { pushMetrics: url, requestTimeout: timeoutMs }: PublishFlags,
): Promise<boolean> {
  if (url === undefined) return true;
  const { pushRunMetrics } = await import('../audit/reports/run-metrics.ts');
  try {
    await pushRunMetrics(url, { isWhole, findings, ...run }, timeoutMs);
    return true;
  } catch (error) {
    writeError('error', `cannot push metrics to ${url}: ${causeText(error)}`);
    return false;
  }
}
