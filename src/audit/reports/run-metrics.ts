import { Gauge, Registry } from 'prom-client';
import { fetch } from 'undici';
import type { AuditReport } from '../audit.ts';

/** How a run of an audit went. */
export type RunFigures = Pick<AuditReport, 'isWhole' | 'findings'> & {
  /** Whether all reports that were asked for were written. */
  readonly areWritten: boolean;
  readonly durationMs: number;
  /** When it ended, in milliseconds since the epoch. */
  readonly endedAt: number;
};

/** The figures in Prometheus' text format. */
export function runMetrics({ isWhole, areWritten, findings, durationMs, endedAt }: RunFigures): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, value: number) => {
    new Gauge({ name: `shimgate_audit_${name}`, help, registers: [registry] }).set(value);
  };
  const found = new Gauge({
    name: 'shimgate_audit_findings',
    help: 'Findings of the last audit, by code and severity.',
    labelNames: ['code', 'severity'],
    registers: [registry],
  });
  for (const { code, severity, count } of findings.groups) found.set({ code, severity }, count);
  gauge('duration_seconds', 'How long the last audit took, in seconds.', durationMs / 1000);
  gauge('last_run_timestamp_seconds', 'When the last audit ended, in seconds since the epoch.', endedAt / 1000);
  const whole = '1 where the last audit read everything, 0 where a part was forbidden or cut off.';
  gauge('complete', whole, isWhole ? 1 : 0);
  const written =
    '1 where the last audit wrote all reports that it was asked for, or the cluster does not serve them; 0 where it could not.';
  gauge('reports_complete', written, areWritten ? 1 : 0);
  return registry.metrics();
}

/** Where nobody says what the group is called. */
const defaultGroup = 'metrics/job/shimgate-audit';

/**
 * Hands them to a Pushgateway, in place of those of the run before.
 *
 * @param url of the Pushgateway, with or without a group of its own (`…/metrics/job/NAME`)
 * @throws Error where it does not take them
 *
 * Source: the Pushgateway's README, "API": a PUT replaces all metrics of the group.
 */
export async function pushRunMetrics(url: string, figures: RunFigures, timeoutMs: number): Promise<void> {
  const group = url.includes('/metrics/job/') ? url : new URL(defaultGroup, url.replace(/\/?$/, '/')).href;
  const response = await fetch(group, {
    method: 'PUT',
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: await runMetrics(figures),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`it answers ${response.status}: ${text.slice(0, 200).trim()}`);
}
