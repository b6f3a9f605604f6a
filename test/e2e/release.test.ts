import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser, linesOf } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { PodStream } from './scenarios/pod-stream.ts';
import { caBundles } from '../support/installation/registration.ts';

const runtimes = { kata: { runtimeType: 'io.containerd.kata.v2' } };
/** By default the API server answers ordinary pods by itself: a release comes, changes and goes no worse for it. */
const values = { replicas: 1, config: { mode: 'enforce', runtimes }, inProcess: { enabled: 'auto' } };
const kata = { runtimeClassName: 'kata' };

jest.setTimeout(180_000);

let cluster: LeasedCluster;
let installation: Installation;
let user: KubectlUser;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  user = await KubectlUser.inNewNamespace(cluster, 'people');
  expectSilence(await user.apply(runtimeClass('kata', 'kata'), runtimeClass('crun', 'crun')));
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.release();
});

/** The shim that a new pod of that class is annotated with. */
async function runtimeTypeOf(runtimeClassName: string): Promise<string | undefined> {
  const name = `${runtimeClassName}-${Date.now()}`;
  expectSilence(await user.apply(pod(name, { runtimeClassName })));
  return (await user.podAnnotations(name))['shimgate.dev/runtime-type'];
}

/** The CA that every entry of both webhook configurations has. @throws where they differ */
async function authority(): Promise<string> {
  const [one = '', ...others] = new Set(Object.values(await caBundles(cluster, installation)));
  expect(others).toEqual([]);
  return one;
}

test('from helm install to ready, no pod without a class is refused or even warned about', async () => {
  const { created, complaints } = await PodStream.during(user, {}, async () => {
    installation = await Installation.install(cluster, { values });
  });
  expect(complaints).toEqual([]);
  expect(created).toBeGreaterThan(0);
  expect(await runtimeTypeOf('kata')).toBe('io.containerd.kata.v2');
});

describe('helm upgrade', () => {
  const withCrun = {
    ...values,
    config: { ...values.config, runtimes: { ...runtimes, crun: { path: '/usr/bin/crun' } } },
  };

  test('with another configuration takes effect at once, and no pod is refused meanwhile', async () => {
    const before = await caBundles(cluster, installation);
    const { created, complaints } = await PodStream.during(user, kata, async () => {
      expectSilence(await installation.helm('upgrade', withCrun));
      await eventually(async () => {
        expect(await runtimeTypeOf('crun')).toBe('io.containerd.runc.v2');
      });
    });
    expect(complaints).toEqual([]);
    expect(created).toBeGreaterThan(0);
    expect(await caBundles(cluster, installation)).toEqual(before);
  });

  test('leaves caBundle alone, also when nobody is there to write it again', async () => {
    const before = await caBundles(cluster, installation);
    for (const replica of [...installation.pods]) await installation.stopPod(replica);
    expectSilence(await installation.helm('upgrade', { ...withCrun, logLevel: 'debug' }));
    expect(await caBundles(cluster, installation)).toEqual(before);
    await installation.startPods();
    expect(await runtimeTypeOf('kata')).toBe('io.containerd.kata.v2');
  });

  test('with a default class for a namespace gives its pods that class, and the entry for it a CA', async () => {
    const rules = [{ namespaces: ['defaulted'], defaultRuntimeClassName: 'kata' }];
    const defaulted = await KubectlUser.inNewNamespace(cluster, 'defaulted');
    expectSilence(
      await installation.helm('upgrade', { ...withCrun, config: { ...withCrun.config, namespaceRules: rules } }),
    );
    await eventually(async () => {
      await defaulted.run(['delete', 'pod', 'web', '--ignore-not-found']);
      expectSilence(await defaulted.apply(pod('web')));
      expect(await defaulted.stored('pod', 'web')).toMatchObject({ spec: { runtimeClassName: 'kata' } });
    });
    expect(await defaulted.podAnnotations('web')).toMatchObject({
      'shimgate.dev/runtime-type': 'io.containerd.kata.v2',
    });
    expect(await authority()).not.toBe('');
  });

  test('is undone by helm rollback, and no pod is refused meanwhile', async () => {
    const before = await authority();
    const { created, complaints } = await PodStream.during(user, kata, async () => {
      const args = ['rollback', installation.release, '1', '--namespace', installation.namespace];
      expectSilence(await cluster.helm(args));
      await eventually(async () => {
        // As revision 1 had it: nothing is known of crun but its name.
        const { stderr } = await user.run(['create', '--dry-run=server', '--filename=-'], {
          input: JSON.stringify(pod('web', { runtimeClassName: 'crun' })),
        });
        expect(stderr).toContain('[UndeclaredHandler]');
      });
    });
    expect(complaints).toEqual([]);
    expect(created).toBeGreaterThan(0);
    expect(await authority()).toBe(before);
  });
});

describe('helm uninstall', () => {
  const secret = 'secret/shimgate-certificate';

  test('leaves only namespace and certificate behind, and no pod is refused from then on', async () => {
    const streams = [{}, kata].map((choice) =>
      PodStream.during(user, choice, async () => {
        await uninstalled;
        // Helm has taken the Deployment away; nodes end the pods.
        for (const replica of [...installation.pods]) await installation.stopPod(replica);
      }),
    );
    const uninstalled = cluster.helm(['uninstall', installation.release, '--namespace', installation.namespace]);
    for (const { created, complaints } of await Promise.all(streams)) {
      expect(complaints).toEqual([]);
      expect(created).toBeGreaterThan(0);
    }
    expect(await uninstalled).toMatchObject({ exitCode: 0, stderr: '' });
    // What controllers made of it, such as a ReplicaSet, goes a little later.
    await eventually(async () => {
      expect(await namedShimgate()).toEqual(['namespace/shimgate', secret]);
    });
  });

  test('can be followed by an installation that goes on with the certificate that was left', async () => {
    const { namespace } = installation;
    const read = ['get', secret, '--namespace', namespace, '--output=jsonpath={.data}'];
    const { stdout: left } = await cluster.kubectl(read);
    await installation.stop();
    installation = await Installation.install(cluster, { values });
    expect(await runtimeTypeOf('kata')).toBe('io.containerd.kata.v2');
    expect((await cluster.kubectl(read)).stdout).toBe(left);
    expect(await authority()).toBe((JSON.parse(left) as Readonly<Record<string, string>>)['ca.crt']);
  });
});

/** Everything in the cluster that has shimgate in its name, but for events. */
async function namedShimgate(): Promise<readonly string[]> {
  const kinds = await cluster.kubectl(['api-resources', '--verbs=list', '--output=name']);
  const listed = linesOf(kinds.stdout).filter((kind) => !kind.startsWith('events'));
  const { stdout } = await cluster.kubectl(['get', listed.join(','), '--all-namespaces', '--output=name']);
  return linesOf(stdout)
    .filter((name) => name.includes('shimgate'))
    .sort();
}
