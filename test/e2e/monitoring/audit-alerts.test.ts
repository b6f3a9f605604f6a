import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ensureMonitoringBinaries } from '../../support/binaries/ensure-binaries.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { eventually } from '../../support/eventually.ts';
import { alertsIn, auditAlertsFile, auditMaxAgeSeconds, metricsIn } from '../../support/monitoring/alerts.ts';
import { Prometheus, type Labels } from '../../support/monitoring/prometheus.ts';
import { Pushgateway } from '../../support/monitoring/pushgateway.ts';
import { runProgram } from '../../support/processes/run-program.ts';
import { expectAlerts, written } from './expect-alerts.ts';

jest.setTimeout(120_000);

const root = path.join(import.meta.dirname, '..', '..', '..');
const fixture = path.join(root, 'test', 'fixtures', 'cluster');
const directory = directoryForTests();
const rules = auditAlertsFile('shimgate-audit');
let promtool: string;
let pushgateway: Pushgateway;
let prometheus: Prometheus;

beforeAll(async () => {
  ({ promtool } = await ensureMonitoringBinaries());
  pushgateway = await Pushgateway.start();
  prometheus = await Prometheus.start([new URL(pushgateway.url).host], {}, rules, directory);
}, 15 * 60_000);

afterAll(async () => {
  await prometheus.stop();
  await pushgateway.stop();
});

/** Audits manifests, and hands the figures to the Pushgateway. */
async function audit(...objects: readonly string[]): Promise<void> {
  const args = ['audit', ...objects.map((file) => `--objects=${path.join(fixture, file)}`), '--fail-on=never'];
  const configured = [`--config=${path.join(fixture, 'configuration.yaml')}`, `--push-metrics=${pushgateway.url}`];
  const ended = await runProgram(process.execPath, [path.join(root, 'dist', 'main.js'), ...args, ...configured]);
  expect({ exitCode: ended.exitCode, stderr: ended.stderr }).toEqual({ exitCode: 0, stderr: '' });
}

const alerting = async () => {
  const found = await prometheus.query('ALERTS{alertstate="firing"}');
  return found.map(({ metric }) => metric['alertname']).toSorted();
};

test('Prometheus evaluates them by what a run hands to the Pushgateway: errors that were found, and nothing else', async () => {
  const file = path.join(directory, 'checked.yaml');
  writeFileSync(file, rules);
  const { exitCode, stderr } = await runProgram(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', file]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await audit('pods.yaml', 'objects.yaml');
  await eventually(async () => {
    expect(await alerting()).toEqual(['ShimgateAuditFindsErrors']);
  });
  const health = await prometheus.ruleHealth();
  expect(health).toEqual(Object.fromEntries(alertsIn(rules).map(({ alert }) => [alert, 'ok'])));
});

describe('of what a run handed to the Pushgateway', () => {
  const seriesOf = async (name: string, labels: Labels = {}) => {
    const [one] = await prometheus.series(written({ __name__: name, ...labels }));
    if (one === undefined) throw new Error(`no run handed over ${name}`);
    return written(one);
  };
  const alerts = (alert: string, series: string, values: string, count: 0 | 1) =>
    expectAlerts({ promtool, directory, rules }, alert, [{ series, values }], count);

  test('all series are there that the alerts name', async () => {
    const served = new Set((await prometheus.series('{job="shimgate-audit"}')).map(({ __name__: name }) => name));
    expect(
      alertsIn(rules)
        .flatMap(({ expr }) => metricsIn(expr))
        .filter((name) => !served.has(name)),
    ).toEqual([]);
  });

  test('none for longer than there should be between two runs is an alert', async () => {
    const series = await seriesOf('shimgate_audit_last_run_timestamp_seconds');
    await alerts('ShimgateAuditNotSeen', series, '_x30', 1);
    await alerts('ShimgateAuditNotSeen', series, `_x${auditMaxAgeSeconds / 60 - 2} 1x30`, 0);
  });

  test('a run that is too long ago is an alert, one that was in time is none', async () => {
    const series = await seriesOf('shimgate_audit_last_run_timestamp_seconds');
    await alerts('ShimgateAuditLate', series, '0x30', 1);
    // One ended in the eleventh minute, and nine minutes later that is not too long ago.
    await alerts('ShimgateAuditLate', series, `0x10 ${auditMaxAgeSeconds + 60}x20`, 0);
  });

  test.each(['shimgate_audit_complete', 'shimgate_audit_reports_complete'])(
    'one that did not do all it should is an alert: %s',
    async (name) => {
      const series = await seriesOf(name);
      await alerts('ShimgateAuditFailed', series, '1x10 0x20', 1);
      await alerts('ShimgateAuditFailed', series, '0x10 1x20', 0);
    },
  );

  test('errors are an alert, and what is less is none', async () => {
    const error = await seriesOf('shimgate_audit_findings', { severity: 'error' });
    const warning = await seriesOf('shimgate_audit_findings', { severity: 'warning' });
    await alerts('ShimgateAuditFindsErrors', error, '3x30', 1);
    await alerts('ShimgateAuditFindsErrors', error, '3x10 _x20', 0);
    await alerts('ShimgateAuditFindsErrors', warning, '3x30', 0);
  });
});
