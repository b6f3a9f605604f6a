import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { accessesBy, accessesOf, type Role } from './chart/access.ts';
import { render } from './chart/render.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import {
  installReportSchemas,
  namesOf as named,
  reportsIn,
  runAuditJob,
  runAuditJobWell,
  type Report,
} from './scenarios/audit-job.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { ApiClient } from '../support/cluster/api-client.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from '../support/installation/installation.ts';
import { Pushgateway } from '../support/monitoring/pushgateway.ts';
import { severalAtATime } from '../support/several-at-a-time.ts';

jest.setTimeout(180_000);

const account = 'system:serviceaccount:shimgate:shimgate-audit';
const writers = 16;
/** A finding each: more than one report has room for, and after half of them went not. */
const podCount = 1_000;

const pods = '/api/v1/namespaces/big/pods';

let cluster: LeasedCluster;
let installation: Installation;
let big: KubectlUser;
let small: KubectlUser;
let pushgateway: Pushgateway;
let notes: string;

const definitions = [
  'reports.openreports.io',
  'clusterreports.openreports.io',
  'policyreports.wgpolicyk8s.io',
  'clusterpolicyreports.wgpolicyk8s.io',
] as const;

const values = () => ({
  replicas: 1,
  config: { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } }, namespaceRules: [{ namespaces: ['*'] }] },
  audit: { enabled: true, pushgateway: pushgateway.url },
});

beforeAll(async () => {
  pushgateway = await Pushgateway.start();
  cluster = await LeasedCluster.lease();
  big = await KubectlUser.inNewNamespace(cluster, 'big');
  small = await KubectlUser.inNewNamespace(cluster, 'small');
  expectSilence(await big.apply(runtimeClass('kata', 'kata'), runtimeClass('gone', 'kata')));
  expectSilence(await small.apply(pod('lost', { runtimeClassName: 'gone' })));
  expectSilence(await cluster.kubectl(['delete', 'runtimeclass', 'gone']));
  const api = new ApiClient(cluster, writers);
  await severalAtATime(podCount, writers, (index) => {
    const made = pod(`web-${index}`, { runtimeClassName: 'kata' });
    const labels = { half: index % 2 === 0 ? 'going' : 'staying' };
    return api.expect('POST', pods, { ...made, metadata: { ...made.metadata, labels } });
  });
  api.close();
  installation = await Installation.install(cluster, { values: values() });
  const got = await cluster.helm(['get', 'notes', 'shimgate', '--namespace=shimgate']);
  expectSilence(got);
  notes = got.stdout;
}, 15 * 60_000);

afterAll(async () => {
  await pushgateway.stop();
  await installation.stop();
  // So that there is little left to clean: a definition goes once its objects have gone.
  await cluster.api.expect('DELETE', pods);
  await cluster.kubectl(['delete', 'customresourcedefinition', ...definitions, '--ignore-not-found']);
  await cluster.release();
});

type NamedRole = Role & { readonly metadata: { readonly name: string } };

const runWell = () => runAuditJobWell(cluster);
const reports = (resource: string) => reportsIn(cluster, resource);

describe('where nobody has installed the schemas of reports', () => {
  test('the notes say so', () => {
    expect(notes).toContain('This cluster has no openreports.io/v1alpha1 yet');
    expect(notes).toContain('create job --from=cronjob/shimgate-audit shimgate-audit-now');
  });

  test('the audit says so in its log, and is fine', async () => {
    expect(await runWell()).toBe(
      'warning: the cluster does not serve openreports.io/v1alpha1: no reports are written; install its CustomResourceDefinitions\n',
    );
  });
});

describe('the audit in the cluster', () => {
  let first: readonly Report[];

  test('writes reports of each namespace that kubectl shows, none of them larger than the API takes', async () => {
    await installReportSchemas(cluster, 'reports.openreports.io', 'clusterreports.openreports.io');
    await eventually(async () => {
      expect(await runWell()).toMatch(/^\d reports written, 0 removed \(openreports\.io\/v1alpha1\)\.\n$/);
    });
    const { stdout } = await cluster.kubectl(['get', 'reports', '-A']);
    const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).slice(0, 7));
    expect(rows[0]).toEqual(['NAMESPACE', 'NAME', 'PASS', 'FAIL', 'WARN', 'ERROR', 'SKIP']);
    expect(rows).toContainEqual(['small', 'shimgate-audit-1', '0', '1', '0', '0', '0']);
    const ofBig = rows.filter(([namespace]) => namespace === 'big');
    expect(ofBig.map(([, name]) => name)).toEqual(['shimgate-audit-1', 'shimgate-audit-2']);
    expect(ofBig.reduce((sum, [, , , , warnings]) => sum + Number(warnings), 0)).toBe(podCount);
    first = await reports('reports');
    const ofCluster = await reports('clusterreports');
    expect(named(ofCluster)).toEqual(['/shimgate-audit-1']);
    const one = first.find(({ metadata }) => metadata.namespace === 'small');
    expect(one).toMatchObject({
      source: 'shimgate',
      results: [
        {
          source: 'shimgate',
          policy: 'RuntimeClassNotFound',
          category: 'Pods and pod templates',
          result: 'fail',
          severity: 'high',
          message: expect.stringContaining('Pod small/lost'),
          resources: [{ apiVersion: 'v1', kind: 'Pod', namespace: 'small', name: 'lost' }],
          properties: { field: 'spec.runtimeClassName', fix: expect.any(String) },
          timestamp: { seconds: expect.any(Number), nanos: 0 },
        },
      ],
      summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
    });
  });

  test('its reports go with the chart: they are owned by a role of it', async () => {
    const { stdout: uid } = await cluster.kubectl(['get', 'clusterrole/shimgate-audit', '-o=jsonpath={.metadata.uid}']);
    for (const { metadata } of [...first, ...(await reports('clusterreports'))]) {
      expect(metadata.ownerReferences).toEqual([
        { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'shimgate-audit', uid },
      ]);
    }
  });

  test('changes its reports and makes none anew, removes stale ones, and leaves those of others alone', async () => {
    const others = { apiVersion: 'openreports.io/v1alpha1', kind: 'Report', metadata: { name: 'others' }, results: [] };
    expectSilence(await small.apply(others));
    expectSilence(await small.run(['delete', 'pod', 'lost']));
    await cluster.api.expect('DELETE', `${pods}?labelSelector=half%3Dgoing`);
    // One of an earlier audit, which found more.
    const stale = { name: 'shimgate-audit-9', labels: { 'audit.shimgate.dev/reports': 'shimgate-audit' } };
    expectSilence(await small.apply({ ...others, kind: 'ClusterReport', metadata: stale }));
    expect(await runWell()).toMatch(/reports written, 3 removed/);
    const second = await reports('reports');
    expect(named(second)).toEqual(['big/shimgate-audit-1', 'small/others']);
    const uidOf = (all: readonly Report[]) =>
      all.find(({ metadata }) => metadata.namespace === 'big' && metadata.name === 'shimgate-audit-1')?.metadata.uid;
    expect(uidOf(second)).toBe(uidOf(first));
    expect(second.find(({ metadata }) => metadata.namespace === 'big')?.summary).toMatchObject({ warn: podCount / 2 });
  });

  test('hands the figures of the run to a Pushgateway', async () => {
    const metrics = await pushgateway.metrics();
    const job = 'instance="",job="shimgate-audit"';
    expect(metrics).toContain(`shimgate_audit_findings{code="NotAnnotated",${job},severity="info"} ${podCount / 2}\n`);
    expect(metrics).toContain(`shimgate_audit_complete{${job}} 1\n`);
    // Of the run before it is gone.
    expect(metrics).not.toContain('RuntimeClassNotFound');
    const figure = (name: string) => Number(new RegExp(`^${name}\\{${job}\\} (\\S+)$`, 'm').exec(metrics)?.[1]);
    expect(figure('shimgate_audit_last_run_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 600);
    expect(figure('shimgate_audit_duration_seconds')).toBeGreaterThan(0);
  });

  test('reads and writes what its roles allow, all of it, and nothing else', async () => {
    const read = await cluster.kubectl([
      'get',
      'clusterroles,roles',
      '-A',
      '-l=app.kubernetes.io/component=audit',
      '-o=json',
    ]);
    const roles = JSON.parse(read.stdout) as { readonly items: readonly Role[] };
    // For an audit of one namespace, which the CronJob is not; noderuntimes are for the chart's agents.
    const unused = ['get namespaces', 'list shimgate.dev/noderuntimes'];
    const { given, refused } = await accessesBy(cluster, account);
    expect([...refused]).toEqual([]);
    const granted = roles.items.flatMap(({ rules }) => accessesOf(rules)).filter((one) => !unused.includes(one));
    // Server-side apply of what is not there asks for both; the audit log has the one verb.
    const isLogged = (one: string) => !one.startsWith('create openreports');
    const withoutNames = (one: string) => one.replace(/(reports)\/.*$/, '$1');
    expect([...new Set([...given].map(withoutNames))].filter((one) => !unused.includes(one)).toSorted()).toEqual(
      granted.filter(isLogged).toSorted(),
    );
  });

  test("adds nothing to the webhook's own rights", async () => {
    const rulesOf = async (given: object) =>
      ((await render(given)) as readonly unknown[] as readonly NamedRole[]).filter(
        ({ kind, metadata }) => kind.endsWith('Role') && metadata.name === 'shimgate',
      );
    const [without, all] = [await rulesOf({}), await rulesOf({ audit: { enabled: true, createClusterRole: true } })];
    expect(without).toHaveLength(2);
    expect(all).toEqual(without);
  });

  test('writes the older API where that is asked for', async () => {
    await installReportSchemas(cluster, 'policyreports.wgpolicyk8s.io', 'clusterpolicyreports.wgpolicyk8s.io');
    const older = { ...values(), audit: { ...values().audit, reports: 'wgpolicyk8s.io/v1alpha2' } };
    expectSilence(await installation.helm('upgrade', older));
    expect(await runWell()).toMatch(/^\d reports written, 0 removed \(wgpolicyk8s\.io\/v1alpha2\)\.\n$/);
    expect(named(await reports('policyreports'))).toEqual(['big/shimgate-audit-1']);
    expect(named(await reports('clusterpolicyreports'))).toEqual(['/shimgate-audit-1']);
  });

  test('fails where it may not write what it should, and says what', async () => {
    expectSilence(await cluster.kubectl(['delete', 'clusterrolebinding', 'shimgate-audit-reports']));
    await eventually(async () => {
      const { exitCode, stderr } = await runAuditJob(cluster);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^error: cannot write reports: clusterroles\.rbac.* is forbidden/);
    });
  });
});
