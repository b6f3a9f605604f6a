import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass, workload, type Manifest } from '../support/cluster/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from '../support/installation/installation.ts';
import { page } from '../support/installation/webhook-pages.ts';

jest.setTimeout(120_000);

const secret = '/opt/secret/firmware';
/** Denied by shimgate; a class that there is not is refused by the API server itself, before anybody is asked. */
const denied = { runtimeClassName: 'kata', annotations: { 'io.katacontainers.config.hypervisor.firmware': secret } };
let cluster: LeasedCluster;
let installation: Installation;
let user: KubectlUser;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  user = await KubectlUser.inNewNamespace(cluster, 'people');
  installation = await Installation.install(cluster, {
    values: {
      replicas: 1,
      events: { enabled: true },
      config: { mode: 'enforce', runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } },
    },
  });
  expectSilence(await user.apply(runtimeClass('kata', 'kata')));
  await user.apply(runtimeClass('undeclared', 'nosuch'));
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.release();
});

type Choice = Parameters<typeof pod>[1];

/** Makes a ReplicaSet for which nobody makes pods. @returns a pod of it, as its controller would make one */
async function replicaSet(name: string): Promise<(podName: string, choice: Choice) => Manifest> {
  await user.apply(workload('ReplicaSet', name, {}, { replicas: 0 }));
  const { stdout: uid } = await user.run(['get', 'replicaset', name, '-o=jsonpath={.metadata.uid}']);
  const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true };
  return (podName, choice) => {
    const made = pod(podName, choice);
    return { ...made, metadata: { ...made.metadata, ownerReferences: [controller] } } as Manifest;
  };
}

const create = (one: Manifest, ...flags: readonly string[]) =>
  user.run(['create', '--filename=-', ...flags], { input: JSON.stringify(one) });

type Event = {
  readonly regarding: { readonly name: string };
  readonly reason: string;
  readonly note: string;
  readonly series?: { readonly count: number };
};

async function events(): Promise<readonly Event[]> {
  const { stdout } = await user.run(['get', 'events.events.k8s.io', '--output=json']);
  return (JSON.parse(stdout) as { readonly items: readonly Event[] }).items;
}

const described = async (name: string) => (await user.run(['describe', 'replicaset', name])).stdout;

describe('an event about the controller of a pod', () => {
  test('says in kubectl describe why no pod comes, and how often it was tried', async () => {
    const podOf = await replicaSet('web');
    for (const name of ['web-1', 'web-2', 'web-3']) {
      expect((await create(podOf(name, denied))).exitCode).toBe(1);
    }
    await eventually(async () => {
      expect(await described('web')).toMatch(
        /Warning +PodDenied +.*\(x3 over .*shimgate\.dev\/webhook +shimgate denies pods of RuntimeClass "kata" of this ReplicaSet: GuardedAnnotation at metadata\.annotations\[/,
      );
    });
    expect((await events()).filter(({ regarding }) => regarding.name === 'web')).toHaveLength(1);
  });

  test('says what its pods are warned of', async () => {
    const podOf = await replicaSet('warned');
    const { exitCode, stderr } = await create(podOf('warned-1', { runtimeClassName: 'undeclared' }));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('Warning: ') });
    await eventually(async () => {
      expect(await described('warned')).toMatch(/PodWarned .*UndeclaredHandler at spec\.runtimeClassName/);
    });
  });

  test('holds nothing of what an annotation holds', async () => {
    const podOf = await replicaSet('guarded');
    const { exitCode, stderr } = await create(podOf('guarded-1', denied));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(secret);
    await eventually(async () => {
      expect(await described('guarded')).toContain('GuardedAnnotation');
    });
    expect(JSON.stringify(await events())).not.toContain('secret');
  });

  test('is a side effect that the API server is told of', async () => {
    const configurations = ['mutatingwebhookconfiguration/shimgate', 'validatingwebhookconfiguration/shimgate'];
    const { stdout } = await cluster.kubectl([
      'get',
      ...configurations,
      '-o=jsonpath={.items[*].webhooks[*].sideEffects}',
    ]);
    expect([...new Set(stdout.split(' '))]).toEqual(['NoneOnDryRun']);
  });

  test('is made by no dry run, and for no pod without a controller', async () => {
    const podOf = await replicaSet('quiet');
    expect((await create(podOf('quiet-1', denied), '--dry-run=server')).exitCode).toBe(1);
    expect((await create(pod('alone', denied))).exitCode).toBe(1);
    // What comes after them was written: so would they have been.
    const podOfLast = await replicaSet('last');
    await create(podOfLast('last-1', denied));
    await eventually(async () => {
      expect((await events()).some(({ regarding }) => regarding.name === 'last')).toBe(true);
    });
    const regarded = new Set((await events()).map(({ regarding }) => regarding.name));
    expect([...regarded].filter((name) => ['quiet', 'alone'].includes(name))).toEqual([]);
  });

  test('is not missed by a verdict where the API server refuses it', async () => {
    const podOf = await replicaSet('refused');
    expectSilence(await cluster.kubectl(['delete', 'clusterrolebinding', 'shimgate']));
    await eventually(async () => {
      const { stdout } = await cluster.kubectl([
        'auth',
        'can-i',
        'create',
        'events.events.k8s.io',
        '--as=system:serviceaccount:shimgate:shimgate',
        '--namespace=people',
      ]);
      expect(stdout).toBe('no\n');
    });
    const { stderr } = await create(podOf('refused-1', denied));
    expect(stderr).toContain('io.katacontainers.config.hypervisor.firmware');
    const [replica] = installation.pods;
    if (replica === undefined) throw new Error('There is no replica.');
    await eventually(async () => {
      expect(await page(replica, '/metrics')).toMatch(/^shimgate_events_total\{result="failed"\} [1-9]/m);
    });
  });
});

test('without events.enabled the chart gives no right to write one', async () => {
  const values = { config: { mode: 'enforce' }, replicas: 1 };
  expectSilence(await installation.helm('upgrade', values));
  const { stdout } = await cluster.kubectl(['get', 'clusterrole/shimgate', '--output=yaml']);
  expect(stdout).not.toContain('events');
});
