import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { helmTemplate } from '../chart/render.ts';
import { LeasedCluster } from '../lease/leased-cluster.ts';
import { expectSilence } from '../scenarios/kubectl-user.ts';
import { eventually } from '../../support/eventually.ts';

const schemas = join(import.meta.dirname, '..', '..', 'fixtures', 'prometheus-operator');
const scraping = {
  enabled: true,
  interval: '30s',
  labels: { release: 'monitoring' },
  relabelings: [{ action: 'labeldrop', regex: 'pod' }],
  metricRelabelings: [{ action: 'drop', regex: 'nodejs_.*', sourceLabels: ['__name__'] }],
};
const everything = {
  serviceMonitor: scraping,
  podMonitor: scraping,
  prometheusRule: { enabled: true, labels: { release: 'monitoring' } },
  grafanaDashboard: { enabled: true, annotations: { grafana_folder: 'Admission' } },
  audit: { enabled: true, pushgateway: 'http://pushgateway:9091/metrics/job/nightly/cluster/west' },
};

let cluster: LeasedCluster;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  for (const kind of ['podmonitors', 'prometheusrules', 'servicemonitors']) {
    const file = join(schemas, `monitoring.coreos.com_${kind}.yaml`);
    expectSilence(await cluster.kubectl(['create', `--filename=${file}`]));
    const name = `customresourcedefinition/${kind}.monitoring.coreos.com`;
    // At first there is no condition yet, which kubectl takes for an error.
    await eventually(async () => {
      expectSilence(await cluster.kubectl(['wait', '--for=condition=Established', name, '--timeout=30s']));
    });
  }
  expectSilence(await cluster.kubectl(['create', 'namespace', 'shimgate']));
}, 15 * 60_000);

afterAll(async () => {
  await cluster.release();
});

const dryRun = (input: string) =>
  cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', '--filename=-'], { input });
const taken = (output: string) =>
  [...output.matchAll(/^(\w+)\.monitoring\.coreos\.com\/(\S+) created/gm)].map(
    ([, kind, name]) => `${kind ?? ''}/${name ?? ''}`,
  );

test("the operator's own schemas take what the chart makes for it", async () => {
  const result = await dryRun((await helmTemplate(everything)).stdout);
  expectSilence(result);
  expect(taken(result.stdout).toSorted()).toEqual([
    'podmonitor/shimgate',
    'prometheusrule/shimgate',
    'prometheusrule/shimgate-audit',
    'servicemonitor/shimgate',
  ]);
  expect(result.stdout).toContain('configmap/shimgate-dashboard created');
});

test("the audit's alerts are about the job that its figures have, and as old as they may be", async () => {
  const { stdout } = await helmTemplate(everything);
  expect(stdout).toContain(
    'absent(shimgate_audit_last_run_timestamp_seconds{job="nightly",cluster="west"})\n          for: 93600s\n',
  );
  const { stdout: other } = await helmTemplate({
    ...everything,
    prometheusRule: { enabled: true, auditMaxAgeSeconds: 7200 },
    audit: { enabled: true, pushgateway: 'http://pushgateway:9091' },
  });
  expect(other).toContain('shimgate_audit_last_run_timestamp_seconds{job="shimgate-audit"} > 7200\n');
});

test('each is made only where it is asked for', async () => {
  expect((await helmTemplate({})).stdout).not.toMatch(/monitoring\.coreos\.com|dashboard/);
  const { stdout } = await helmTemplate({ podMonitor: { enabled: true } });
  const kinds = (rendered: string) =>
    [...rendered.matchAll(/^kind: (\w*Monitor|PrometheusRule)$/gm)].map(([, kind]) => kind);
  expect(kinds(stdout)).toEqual(['PodMonitor']);
  const rule = { prometheusRule: { enabled: true }, audit: { enabled: true } };
  expect(kinds((await helmTemplate(rule)).stdout)).toEqual(['PrometheusRule']);
});

test.each([
  ['port: metrics', 'portname: metrics', 'unknown field "spec.endpoints[0].portname"'],
  ['interval: 30s', 'interval: thirty', 'spec.endpoints[0].interval'],
])('they would be refused with %s as %s', async (right, wrong, said) => {
  const { stdout } = await helmTemplate({ serviceMonitor: scraping });
  expect(stdout).toContain(right);
  const { exitCode, stderr } = await dryRun(stdout.replaceAll(right, wrong));
  expect(exitCode).toBe(1);
  expect(stderr).toContain(said);
});
