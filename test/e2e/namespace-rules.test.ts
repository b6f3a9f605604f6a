import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import type { RunningPod } from '../support/installation/running-pod.ts';
import { auditedCreation } from './scenarios/audit-events.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass, workload, type StoredPod } from '../support/cluster/manifests.ts';
import { deniedFromStdin, done, refused } from './scenarios/outcomes.ts';
import { gvisor, kata, runtimes } from './scenarios/sandbox-runtimes.ts';
import { metric } from '../support/installation/webhook-pages.ts';

const config = {
  mode: 'enforce',
  undeclaredHandlers: 'deny',
  runtimes: { ...runtimes, untrusted: { runtimeType: 'io.containerd.untrusted.v1' } },
  namespaceRules: [
    {
      name: 'tenants',
      namespaces: ['tenant-*'],
      allowedRuntimeClassNames: ['gvis*'],
      defaultRuntimeClassName: 'gvisor',
    },
    { name: 'sandboxes', selector: { matchLabels: { tier: 'sandbox' } }, allowedRuntimeClassNames: ['kata'] },
    { namespaces: ['system-*'], allowedRuntimeClassNames: ['', 'kata'] },
    // Everywhere else: an alternative shim as the default of the cluster.
    { name: 'sandbox by default', defaultRuntimeClassName: 'kata' },
  ],
  exemptions: { namespaces: ['exempt-1'], usernames: ['robot'], runtimeClassNames: ['mystery'] },
};

jest.setTimeout(60_000);

let cluster: LeasedCluster;
let installation: Installation;
let replica: RunningPod;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  const classes = [gvisor.manifest, kata.manifest, runtimeClass('mystery', 'mystery'), runtimeClass('other', 'other')];
  expectSilence(await new KubectlUser(cluster, 'default').apply(...classes));
  installation = await Installation.install(cluster, { values: { config, replicas: 1 } });
  [replica] = installation.pods as readonly [RunningPod];
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.release();
});

let namespaces = 0;

function userIn(prefix: string, labels: Readonly<Record<string, string>> = {}): Promise<KubectlUser> {
  return KubectlUser.inNewNamespace(cluster, `${prefix}-${++namespaces}`, labels);
}

const classless = 'Error from server (Forbidden): error when creating "STDIN": admission webhook ';

describe('which classes a namespace allows', () => {
  test('is said by the first rule that matches its name', async () => {
    const user = await userIn('tenant', { tier: 'sandbox' });
    expect(await user.apply(pod('web', { runtimeClassName: 'kata' }))).toEqual(
      refused(
        `${deniedFromStdin}Pod ${user.namespace}/web -> RuntimeClass "kata" -> handler "kata-qemu" -> shim "io.containerd.kata-qemu.v2": namespaceRules[0] "tenants" allows only "gvis*" in namespace "${user.namespace}". [RuntimeClassNotAllowed] Set runtimeClassName: gvisor.`,
      ),
    );
    expect(await user.apply(pod('web', { runtimeClassName: 'gvisor' }))).toEqual(done(['pod/web created']));
  });

  test('follows its labels', async () => {
    const user = await userIn('by-label');
    const web = pod('web', { runtimeClassName: 'gvisor' });
    expect(await user.apply(web)).toEqual(done(['pod/web created']));
    expectSilence(await user.run(['label', 'namespace', user.namespace, 'tier=sandbox']));
    await eventually(async () => {
      await user.run(['delete', 'pod', 'web', '--ignore-not-found']);
      expect((await user.apply(web)).stderr).toContain('namespaceRules[1] "sandboxes" allows only "kata" in namespace');
    });
    expectSilence(await user.run(['label', 'namespace', user.namespace, 'tier-']));
    await eventually(async () => {
      expectSilence(await user.apply(web));
    });
  });

  test('is asked of a pod without a class too', async () => {
    const user = await userIn('labelled', { tier: 'sandbox' });
    expect(await user.apply(pod('web'))).toEqual(
      refused(
        `${classless}"class-required-1.pods.shimgate.dev" denied the request: Pod ${user.namespace}/web, which names no RuntimeClass: namespaceRules[1] "sandboxes" allows only "kata" in namespace "${user.namespace}". [RuntimeClassNotAllowed] Set runtimeClassName: kata.`,
      ),
    );
    const system = await userIn('system');
    expect(await system.apply(pod('web'))).toEqual(done(['pod/web created']));
  });

  test('is told of a template when it is applied', async () => {
    const user = await userIn('tenant');
    const { exitCode, stderr } = await user.apply(workload('Deployment', 'web', { runtimeClassName: 'kata' }));
    expect(exitCode).toBe(0);
    expect(stderr).toContain('namespaceRules[0] "tenants" allows only "gvis*"');
  });
});

describe('a default class', () => {
  test('is given to a new pod without one, and the API server fills in what comes with it', async () => {
    const user = await userIn('tenant');
    expect(await user.apply(pod('web'))).toEqual(done(['pod/web created']));
    const { spec } = await user.stored<StoredPod>('pod', 'web');
    expect(spec.runtimeClassName).toBe('gvisor');
    expect(spec.overhead).toEqual(gvisor.overhead);
    expect(spec.nodeSelector).toEqual(gvisor.nodeSelector);
    expect(spec.tolerations).toContainEqual(gvisor.toleration);
    expect(await user.podAnnotations('web')).toEqual(gvisor.annotations);
  });

  test('may be that of the whole cluster', async () => {
    const user = await userIn('any');
    expect(await user.apply(pod('web'))).toEqual(done(['pod/web created']));
    expect((await user.stored<StoredPod>('pod', 'web')).spec).toMatchObject({
      runtimeClassName: 'kata',
      overhead: kata.overhead,
    });
  });

  test('never replaces another, and comes to no pod that is there', async () => {
    const user = await userIn('default');
    expect(await user.apply(pod('web', { runtimeClassName: 'gvisor' }))).toEqual(done(['pod/web created']));
    expect((await user.stored<StoredPod>('pod', 'web')).spec.runtimeClassName).toBe('gvisor');
    expectSilence(await user.run(['label', 'pod', 'web', 'a=b']));
    expect((await user.stored<StoredPod>('pod', 'web')).spec.runtimeClassName).toBe('gvisor');
  });
});

describe('an exemption', () => {
  const exempt = () => metric(replica, 'shimgate_admission_requests_total', { decision: 'exempt' });

  test.each([
    ['namespace', 'exempt-1', [], 'other'],
    ['user', undefined, ['--as=robot', '--as-group=system:masters'], 'other'],
    ['class', undefined, [], 'mystery'],
  ] as const)('by %s lets in what would be denied, counts it, and leaves a trace', async (by, namespace, as, name) => {
    const user =
      namespace === undefined ? await userIn('default') : await KubectlUser.inNewNamespace(cluster, namespace);
    const before = await exempt();
    const manifest = pod('web', { runtimeClassName: name });
    expectSilence(await user.run(['create', '--filename=-', ...as], { input: JSON.stringify(manifest) }));
    expect(await exempt()).toBeGreaterThan(before);
    expect(await auditedCreation(cluster, user.namespace, 'web')).toMatchObject({ decision: 'exempt', exempt: by });
    expect(await user.podAnnotations('web')).toEqual({});
  });

  test('does not touch what is no exemption', async () => {
    const user = await userIn('default');
    const { exitCode, stderr } = await user.apply(pod('web', { runtimeClassName: 'other' }));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('[UndeclaredHandler]');
  });

  test('does not spare a path', async () => {
    const user = new KubectlUser(cluster, 'default');
    const input = JSON.stringify(runtimeClass('mystery-2', '/bin/sh'));
    const args = ['create', '--filename=-', '--as=robot', '--as-group=system:masters'];
    const { exitCode, stderr } = await user.run(args, { input });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('"/bin/sh" is an absolute path: containerd would run that file on the host as root.');
  });

  test('leaves a namespace without its default class', async () => {
    const user = new KubectlUser(cluster, 'exempt-1');
    expectSilence(await user.apply(pod('plain')));
    expect((await user.stored<StoredPod>('pod', 'plain')).spec.runtimeClassName).toBeUndefined();
  });
});

describe('an untrusted workload', () => {
  const annotations = { 'io.kubernetes.cri.untrusted-workload': 'true' };

  test('is run by the runtime untrusted, and says so', async () => {
    const user = await userIn('free');
    expect(await user.apply(pod('web', { annotations }))).toEqual(done(['pod/web created']));
    expect(await user.podAnnotations('web')).toMatchObject({
      'shimgate.dev/runtime-type': 'io.containerd.untrusted.v1',
    });
  });

  test('is denied beside a class of another handler, as containerd would refuse it', async () => {
    const user = await userIn('free');
    const { exitCode, stderr } = await user.apply(pod('web', { runtimeClassName: 'gvisor', annotations }));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('[UntrustedWorkloadRefused]');
  });

  test('stays one: its annotation is put back', async () => {
    const user = await userIn('free');
    expectSilence(await user.apply(pod('web', { annotations })));
    const { stderr } = await user.run(['annotate', 'pod', 'web', 'io.kubernetes.cri.untrusted-workload-']);
    expect(stderr).toContain('[UntrustedWorkloadRestored]');
    expect(await user.podAnnotations('web')).toMatchObject(annotations);
  });
});
