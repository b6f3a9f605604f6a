import { reportKinds, type ReportApi } from './report-kinds.ts';
import type { ReportResult } from './report-result.ts';
import type { NamespaceResults } from './results-by-namespace.ts';

/** A report as the API server takes it. */
export type ReportObject = {
  readonly apiVersion: ReportApi;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly ReportOwner[];
  };
  /** OpenReports alone has it. */
  readonly source?: 'shimgate';
  readonly results: readonly ReportResult[];
  readonly summary: Readonly<Record<'pass' | 'fail' | 'warn' | 'error' | 'skip', number>>;
};

/** What reports go with; a cluster-wide object may own those of every namespace. */
export type ReportOwner = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
};

export type ReportOptions = {
  readonly api: ReportApi;
  /** What the reports are called, before their number. */
  readonly name: string;
  readonly owner?: ReportOwner;
};

/** Whose reports they are: those of others are left alone. */
export const reportLabel = 'audit.shimgate.dev/reports';

/** A report has so many results at most, and so many bytes of them: a third of what etcd takes in one request. */
export const maxResultsOfReport = 1_000;
export const maxResultBytes = 512 * 1024;

/** Makes the reports of one namespace, or of the cluster: numbered, so that the same findings are in the same report again. */
export function* reportObjects(
  { namespace, results }: NamespaceResults,
  options: ReportOptions,
): Generator<ReportObject, void, undefined> {
  let held: ReportResult[] = [];
  let bytes = 0;
  let number = 1;
  for (const result of results) {
    const size = Buffer.byteLength(JSON.stringify(result));
    if (held.length > 0 && (held.length === maxResultsOfReport || bytes + size > maxResultBytes)) {
      yield reportOf(namespace, held, number++, options);
      held = [];
      bytes = 0;
    }
    held.push(result);
    bytes += size;
  }
  if (held.length > 0) yield reportOf(namespace, held, number, options);
}

function reportOf(
  namespace: string,
  results: readonly ReportResult[],
  number: number,
  { api, name, owner }: ReportOptions,
): ReportObject {
  const { namespaced, cluster } = reportKinds[api];
  const count = (wanted: ReportResult['result']) => results.filter(({ result }) => result === wanted).length;
  return {
    apiVersion: api,
    kind: namespace === '' ? cluster.kind : namespaced.kind,
    metadata: {
      name: `${name}-${number}`,
      ...(namespace !== '' && { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'shimgate', [reportLabel]: name },
      ...(owner !== undefined && { ownerReferences: [owner] }),
    },
    ...(api === 'openreports.io/v1alpha1' && { source: 'shimgate' }),
    results,
    summary: { pass: 0, fail: count('fail'), warn: count('warn'), error: 0, skip: count('skip') },
  };
}
