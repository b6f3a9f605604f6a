import { audit as runAudit, type AuditReport, type AuditSource } from '../audit/audit.ts';
import { clusterSource, UnreachableClusterError } from '../audit/cluster-source.ts';
import { manifestSource } from '../audit/manifest-source.ts';
import { defaultLimits, reporters, type ReportFormat } from '../audit/reporters/reporters.ts';
import type { ClusterConnection } from '../cluster/connection.ts';
import { namespacedName, type NamespacedName } from '../cluster/object-name.ts';
import type { Severity } from '../finding/code-entry.ts';
import { CommandError, exitCodes } from './exit.ts';
import { KnownFindings } from './known-findings.ts';
import { checkStandardInput } from './options.ts';
import { writePieces } from './output.ts';
import { publishAudit, type PublishFlags } from './published-audit.ts';
import { checkConfiguration, readConfigurationFile, type LoadedConfiguration } from './load-configuration.ts';
import { Progress } from './progress.ts';
import { version } from './version.ts';

export type AuditFlags = {
  readonly objects: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly selector?: string;
  readonly config?: string;
  readonly configMap?: NamespacedName;
  readonly output: ReportFormat;
  readonly failOn: Severity | 'never';
  readonly limit?: number;
  readonly baseline?: string;
  readonly writeBaseline?: string;
} & PublishFlags;

/** A source, and the cluster that it reads, where it is one. */
type OpenSource = { readonly source: AuditSource; readonly connection?: ClusterConnection };

/** `shimgate audit`: what the webhook would say of what is there already. @returns the exit code */
export async function audit(options: AuditFlags): Promise<number> {
  checkUsage(options);
  const { source, connection } = await openSource(options);
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
  };
  process.once('SIGINT', interrupt);
  const progress = new Progress(process.stderr);
  try {
    const configured = await loadAudited(options, connection);
    const { signal } = interruption;
    const now = Date.now();
    const known = await KnownFindings.open(options, now);
    const { counts } = known;
    const report = await runAudit({ source, configured, signal, onRead: progress.count, counts, now });
    progress.end();
    try {
      await writePieces(reporters[options.output](report, reportOptions(options)));
      const isWritten = await known.end(report, source);
      const isPublished = await publishAudit(report, connection, now, options);
      const exitCode = exitCodeOf(report, source, isWritten ? 'never' : options.failOn);
      return isPublished || report.isInterrupted ? exitCode : exitCodes.failed;
    } finally {
      report.findings.close();
    }
  } catch (error) {
    if (error instanceof UnreachableClusterError) throw new CommandError(`${error.message}; see kubectl cluster-info`);
    throw error;
  } finally {
    progress.end();
    source.close();
    process.off('SIGINT', interrupt);
  }
}

function checkUsage(options: AuditFlags): void {
  const { objects, namespace, selector, kubeconfig, context, configMap, writeReports, reportOwner } = options;
  checkStandardInput(objects);
  const ofCluster = [namespace, selector, kubeconfig, context, configMap, writeReports];
  if (objects.length > 0 && ofCluster.some((option) => option !== undefined)) {
    throw new CommandError('--objects audits manifests: it goes without options about a cluster');
  }
  if (writeReports !== undefined && (namespace !== undefined || selector !== undefined)) {
    throw new CommandError('--write-reports is for an audit of all there is: it goes without -n and -l');
  }
  if (reportOwner !== undefined && writeReports === undefined) {
    throw new CommandError('--report-owner goes with --write-reports');
  }
}

/** Loads what talks to clusters for a cluster alone: that takes as long as to read some thousands of pods from a file. */
async function openSource(options: AuditFlags): Promise<OpenSource> {
  if (options.objects.length > 0) {
    return { source: manifestSource(options.objects, process.stdin) };
  }
  const { ClusterConnection } = await import('../cluster/connection.ts');
  let connection: ClusterConnection;
  try {
    connection = ClusterConnection.open(options.kubeconfig, options.context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot tell which cluster to audit: ${reason}; give --kubeconfig, or --objects for none`);
  }
  const source = clusterSource(connection, {
    namespace: options.namespace,
    labelSelector: options.selector,
    requestTimeoutMs: options.requestTimeout,
  });
  return { source, connection };
}

async function loadAudited(
  { config, configMap }: AuditFlags,
  connection: ClusterConnection | undefined,
): Promise<LoadedConfiguration> {
  if (configMap === undefined || connection === undefined) return readConfigurationFile(config);
  const { readConfigurationMap } = await import('../cluster/configuration-map.ts');
  const name = `configmap ${namespacedName(configMap)}`;
  try {
    return checkConfiguration(await readConfigurationMap(connection, configMap), name);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot read ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function reportOptions({ output, limit = defaultLimits[output], failOn }: AuditFlags) {
  return {
    limit: limit === 0 ? Infinity : limit,
    failOn: failOn === 'never' ? undefined : failOn,
    isColoured: process.stdout.isTTY && process.stdout.hasColors(),
    isWide: output === 'wide',
    version,
  };
}

function exitCodeOf(
  { isInterrupted, findings }: AuditReport,
  { hasFailed }: AuditSource,
  failOn: AuditFlags['failOn'],
): number {
  if (isInterrupted) return exitCodes.interrupted;
  if (hasFailed()) return exitCodes.failed;
  const { error, warning, info } = findings.totals;
  const failing = { never: 0, error, warning: error + warning, info: error + warning + info };
  return failing[failOn] > 0 ? exitCodes.found : exitCodes.fine;
}
