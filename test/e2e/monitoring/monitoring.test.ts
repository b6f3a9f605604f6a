import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LeasedCluster } from '../lease/leased-cluster.ts';
import { expectSilence, KubectlUser } from '../scenarios/kubectl-user.ts';
import { ensureMonitoringBinaries } from '../../support/binaries/ensure-binaries.ts';
import { pod, runtimeClass, workload } from '../../support/cluster/manifests.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { eventually } from '../../support/eventually.ts';
import { Installation } from '../../support/installation/installation.ts';
import { page } from '../../support/installation/webhook-pages.ts';
import { alertsFile, alertsIn, dashboardPanels, metricsIn } from '../../support/monitoring/alerts.ts';
import { Prometheus, type Labels } from '../../support/monitoring/prometheus.ts';
import { runProgram } from '../../support/processes/run-program.ts';
import { alertCases } from './alert-cases.ts';
import { expectAlerts, written, type InputSeries } from './expect-alerts.ts';

jest.setTimeout(120_000);

const directory = directoryForTests();
const namespace = 'shimgate';
let cluster: LeasedCluster;
let installation: Installation;
let prometheus: Prometheus;
let promtool: string;
let user: KubectlUser;

beforeAll(async () => {
  ({ promtool } = await ensureMonitoringBinaries());
  cluster = await LeasedCluster.lease();
  user = await KubectlUser.inNewNamespace(cluster, 'people');
  installation = await Installation.install(cluster, {
    values: {
      replicas: 1,
      config: { mode: 'warn', runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } },
      inProcess: { enabled: true },
    },
  });
  expectSilence(await user.apply(runtimeClass('kata', 'kata')));
  // One of each decision: allowed, let in by the mode, denied in every mode.
  expectSilence(await user.apply(pod('fine', { runtimeClassName: 'kata' })));
  await user.apply(pod('guarded', { runtimeClassName: 'kata', annotations: guarded }));
  expect((await user.apply(runtimeClass('shell', '/bin/sh'))).exitCode).toBe(1);
  const targets = installation.pods.map(({ address }) => `${address}:8080`);
  const apiServer = { server: new URL(cluster.server), token: await metricsReader() };
  prometheus = await Prometheus.start(targets, { namespace }, alertsFile(namespace), directory, apiServer);
  await answerOne();
  await eventually(async () => {
    const up = await prometheus.query('count by (job) (count_over_time(up[10s]) > 3 and up == 1)');
    const counts = new Map(up.map(({ metric, value }) => [metric['job'], Number(value[1])]));
    expect(counts).toEqual(
      new Map([
        ['shimgate', installation.pods.length],
        ['apiserver', 1],
      ]),
    );
  });
}, 15 * 60_000);

afterAll(async () => {
  await prometheus.stop();
  await installation.stop();
  await cluster.release();
});

/** A token of somebody who may read the API server's metrics, as a Prometheus in a cluster. */
async function metricsReader(): Promise<string> {
  await cluster.api.expect('POST', '/api/v1/namespaces/people/serviceaccounts', { metadata: { name: 'prometheus' } });
  const group = '/apis/rbac.authorization.k8s.io/v1';
  const rules = [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }];
  await cluster.api.expect('POST', `${group}/clusterroles`, { metadata: { name: 'metrics' }, rules });
  await cluster.api.expect('POST', `${group}/clusterrolebindings`, {
    metadata: { name: 'metrics' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'metrics' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'people', name: 'prometheus' }],
  });
  return cluster.createServiceAccountToken('people', 'prometheus');
}

/** Makes pods until the API server has answered some by itself, and Prometheus has seen the count grow. */
async function answerOne(): Promise<void> {
  let made = 0;
  await eventually(async () => {
    expectSilence(await user.apply(pod(`answered-${++made}`, { runtimeClassName: 'kata' })));
    const [grown] = await prometheus.query('increase(apiserver_mutating_admission_policy_check_total[10s]) > 0');
    expect(grown?.metric['policy']).toBe('shimgate');
  }, 60_000);
}

const guarded = { 'io.katacontainers.config.hypervisor.path': '/bin/sh' };

/** As Grafana fills in its variables. */
const filledIn = (expression: string) =>
  expression.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '10s');
const queries = dashboardPanels().flatMap(({ title, targets }) =>
  targets.map(({ expr }) => [title, filledIn(expr)] as const),
);

test('promtool has nothing to say of the metrics', async () => {
  const [one] = installation.pods;
  if (one === undefined) throw new Error('no pod');
  const input = await page(one, '/metrics');
  const { exitCode, stdout, stderr } = await runProgram(promtool, ['check', 'metrics'], { input });
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

describe('the dashboard', () => {
  test.each(queries)('shows something in %s: %s', async (_, query) => {
    const results = await prometheus.query(query);
    expect(results.length).toBeGreaterThan(0);
  });

  test('tells what share of the pods the API server answers by itself', async () => {
    const [, query = ''] = queries.find(([title]) => title.startsWith('Pods with a class')) ?? [];
    await answerOne();
    const [share] = await prometheus.query(query);
    expect(Number(share?.value[1])).toBeGreaterThan(0);
    expect(Number(share?.value[1])).toBeLessThanOrEqual(1);
  });

  test('names series that the webhook or the API server serves, with the label that Prometheus makes of a bound', async () => {
    const served = await Promise.all(
      [`{namespace="${namespace}"}`, '{job="apiserver"}'].map((of) => prometheus.series(of)),
    );
    const names = new Set(served.flat().map(({ __name__: name }) => name));
    expect(queries.flatMap(([, query]) => metricsIn(query)).filter((name) => !names.has(name))).toEqual([]);
    const bucket = 'shimgate_admission_duration_seconds_bucket';
    expect(await prometheus.query(`${bucket}{le="1"}`)).toEqual([]);
    expect(await prometheus.query(`${bucket}{le="1.0"}`)).not.toEqual([]);
  });
});

describe('the alerts', () => {
  const ours = alertsIn(alertsFile(namespace)).filter(({ expr }) => !expr.includes('apiserver_'));

  test('are what promtool takes, and Prometheus evaluates, and none fires while all is well', async () => {
    const file = path.join(directory, 'checked.yaml');
    writeFileSync(file, alertsFile(namespace));
    const { exitCode, stderr } = await runProgram(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', file]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    await eventually(async () => {
      const names = alertsIn(alertsFile(namespace)).map(({ alert }) => [alert, 'ok']);
      expect(await prometheus.ruleHealth()).toEqual(Object.fromEntries(names));
    });
    expect(await prometheus.query('ALERTS')).toEqual([]);
  });

  test('name series that the webhook serves', async () => {
    const served = await prometheus.series(`{namespace="${namespace}"}`);
    const names = new Set(served.map(({ __name__: name }) => name));
    expect(ours.flatMap(({ expr }) => metricsIn(expr)).filter((name) => !names.has(name))).toEqual([]);
  });

  test('all have a case in which they fire, and one in which they do not', () => {
    const tested = [...alertCases.map(({ alert }) => alert), 'ShimgateSlow', 'ShimgateCallsFail', 'ShimgateFailsOpen'];
    expect(tested.toSorted()).toEqual(
      alertsIn(alertsFile(namespace))
        .map(({ alert }) => alert)
        .toSorted(),
    );
  });

  const firing = (alert: string, series: readonly InputSeries[], count: 0 | 1) =>
    expectAlerts({ promtool, directory, rules: alertsFile(namespace) }, alert, series, count);
  const served = async (metric: string, labels: Labels = {}) => {
    const found = await prometheus.series(written({ __name__: metric, namespace, ...labels }));
    const [first] = found;
    if (first === undefined) throw new Error(`the webhook does not serve ${metric}`);
    return found;
  };

  test.each(alertCases)('$alert fires on $firing of $metric, and not on $quiet', async (given) => {
    const { alert, metric, labels, firing: bad, quiet } = given;
    const [series] = await served(metric, labels);
    if (series === undefined) throw new Error('no series');
    await firing(alert, [{ series: written(series), values: bad }], 1);
    await firing(alert, [{ series: written(series), values: quiet }], 0);
  });

  test('ShimgateSlow fires where one of a hundred takes two seconds, and not where none does', async () => {
    const instance = (await served('shimgate_build_info'))[0]?.['instance'] ?? '';
    const buckets = await served('shimgate_admission_duration_seconds_bucket', { webhook: 'mutating', instance });
    const samples = (isSlow: boolean) =>
      buckets.map((one) => ({
        series: written(one),
        values: `0+${isSlow && Number(one['le'] === '+Inf' ? Infinity : one['le']) < 2 ? 90 : 100}x30`,
      }));
    expect(buckets.map(({ le }) => le)).toEqual(expect.arrayContaining(['1.0', '10.0', '+Inf', '0.25']));
    await firing('ShimgateSlow', samples(true), 1);
    await firing('ShimgateSlow', samples(false), 0);
  });

  test('those about the API server fire on what it counts while no replica is there', async () => {
    for (const replica of [...installation.pods]) await installation.stopPod(replica, 'SIGKILL');
    // Which the API server cannot answer by itself.
    const later = pod('later', { runtimeClassName: 'kata', annotations: { 'shimgate.dev/source': 'me' } });
    expect((await user.apply(later)).exitCode).toBe(1);
    await user.apply(workload('Deployment', 'later', { runtimeClassName: 'kata' }));
    const { stdout } = await cluster.kubectl(['get', '--raw', '/metrics']);
    for (const [alert, metric] of [
      ['ShimgateCallsFail', 'apiserver_admission_webhook_rejection_count'],
      ['ShimgateFailsOpen', 'apiserver_admission_webhook_fail_open_count'],
    ] as const) {
      const series = stdout
        .split('\n')
        .find((line) => line.startsWith(`${metric}{`) && line.includes('.shimgate.dev"'));
      const one = series?.slice(0, series.lastIndexOf(' ')) ?? '';
      await firing(alert, [{ series: one, values: '0+1x30' }], 1);
      await firing(alert, [{ series: one, values: '3x30' }], 0);
      await firing(alert, [{ series: one.replace('.shimgate.dev', '.example.com'), values: '0+1x30' }], 0);
    }
  });
});
