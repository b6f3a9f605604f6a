import { ApiError } from '../../cluster/api-error.ts';
import type { ClusterConnection } from '../../cluster/connection.ts';
import type { AuditReport } from '../audit.ts';
import { reportKinds, type ReportApi } from './report-kinds.ts';
import { reportObjects, type ReportOwner } from './report-objects.ts';
import { ReportWriter, type WriterOptions } from './report-writer.ts';
import { resultsByNamespace } from './results-by-namespace.ts';

/** What became of the reports. */
export type WrittenReports = {
  /** Whether the cluster has the API; where it has not, nothing was written. */
  readonly isServed: boolean;
  readonly written: number;
  readonly removed: number;
  /** What could not be written or removed, a sentence each; of many the first. */
  readonly failures: readonly string[];
};

export type WriteOptions = Omit<WriterOptions, 'owner'> & {
  /** A ClusterRole with which the reports go: its name. */
  readonly ownerRole: string | undefined;
  /** In milliseconds since the epoch. */
  readonly now: number;
};

/**
 * Writes the findings of an audit as report objects. Those of an audit before are changed and not made anew. After an audit of
 * all there is, those that are no longer needed are removed; the reports of others stay.
 *
 * @throws ApiError where nobody answers, or the owner cannot be read
 */
export async function writeReports(
  connection: ClusterConnection,
  report: AuditReport,
  { ownerRole, now, ...options }: WriteOptions,
): Promise<WrittenReports> {
  if (!(await servesReports(connection, options.api, options.timeoutMs))) {
    return { isServed: false, written: 0, removed: 0, failures: [] };
  }
  const owner = ownerRole === undefined ? undefined : await readOwner(connection, ownerRole, options.timeoutMs);
  const owned = { ...options, ...(owner !== undefined && { owner }) };
  const writer = new ReportWriter(connection, owned);
  for (const one of resultsByNamespace(report.findings, now)) {
    for (const object of reportObjects(one, owned)) await writer.apply(object);
  }
  // What could not be read may be as it was.
  if (report.isWhole) await writer.removeOthers();
  const { written, removed, failures } = writer;
  return { isServed: true, written, removed, failures };
}

/** Both kinds have to be there. Everybody may ask what is served. */
async function servesReports(connection: ClusterConnection, api: ReportApi, timeoutMs: number): Promise<boolean> {
  try {
    const { resources = [] } = (await connection.request('GET', `/apis/${api}`, { timeoutMs })) as {
      readonly resources?: readonly { readonly name?: string }[];
    };
    const names = new Set(resources.map(({ name }) => name));
    return Object.values(reportKinds[api]).every(({ resource }) => names.has(resource));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

async function readOwner(connection: ClusterConnection, name: string, timeoutMs: number): Promise<ReportOwner> {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const path = `/apis/${apiVersion}/clusterroles/${encodeURIComponent(name)}`;
  const { metadata } = (await connection.request('GET', path, { timeoutMs })) as {
    readonly metadata: { readonly uid: string };
  };
  return { apiVersion, kind: 'ClusterRole', name, uid: metadata.uid };
}
