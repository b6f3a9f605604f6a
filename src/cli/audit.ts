import { audit as runAudit, type AuditReport, type AuditSource } from '../audit/audit.ts';
import { manifestSource } from '../audit/manifest-source.ts';
import { reporters, type ReportFormat } from '../audit/reporters/reporters.ts';
import type { Severity } from '../finding/finding.ts';
import { readConfigurationFile } from './load-configuration.ts';
import { CommandError, exitCodes } from './exit.ts';
import { version } from './version.ts';

export type AuditOptions = {
  readonly objects: readonly string[];
  readonly config?: string;
  readonly output: ReportFormat;
  readonly failOn: Severity | 'never';
  readonly limit?: number;
};

/** Findings of each code that are shown where no limit is given. */
const defaultLimits: Readonly<Record<ReportFormat, number>> = { table: 5, wide: 5, json: Infinity, yaml: Infinity };

/** `shimgate audit`: what the webhook would say of what is there already. @returns the exit code */
export async function audit(options: AuditOptions): Promise<number> {
  const { output, failOn, limit = defaultLimits[output] } = options;
  if (options.objects.length === 0) throw new CommandError('give --objects');
  if (options.objects.filter((path) => path === '-').length > 1) {
    throw new CommandError('standard input (-) can be read only once');
  }
  const configured = await readConfigurationFile(options.config);
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
  };
  process.once('SIGINT', interrupt);
  const source = manifestSource(options.objects, process.stdin);
  try {
    const report = await runAudit({
      source,
      configured,
      signal: interruption.signal,
      onRead: () => undefined,
      now: Date.now(),
    });
    try {
      const text = reporters[output](report, {
        limit: limit === 0 ? Infinity : limit,
        failOn: failOn === 'never' ? undefined : failOn,
        isColoured: process.stdout.isTTY && process.stdout.hasColors(),
        isWide: output === 'wide',
        version,
      });
      await write(text);
      return exitCodeOf(report, source, failOn);
    } finally {
      report.findings.close();
    }
  } finally {
    source.close();
    process.off('SIGINT', interrupt);
  }
}

/** Waits while whoever reads is slower; where nobody reads any more, the rest is not written. */
async function write(pieces: Iterable<string>): Promise<void> {
  const { stdout } = process;
  for (const piece of pieces) {
    if (stdout.destroyed) return;
    if (stdout.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const goOn = () => {
        stdout.off('drain', goOn).off('close', goOn);
        resolve();
      };
      stdout.on('drain', goOn).on('close', goOn);
    });
  }
}

function exitCodeOf(
  { isInterrupted, findings }: AuditReport,
  source: AuditSource & { readonly hasFailed: () => boolean },
  failOn: AuditOptions['failOn'],
): number {
  if (isInterrupted) return exitCodes.interrupted;
  if (source.hasFailed()) return exitCodes.failed;
  const { error, warning, info } = findings.totals;
  const failing = { never: 0, error, warning: error + warning, info: error + warning + info };
  return failing[failOn] > 0 ? exitCodes.found : exitCodes.fine;
}
