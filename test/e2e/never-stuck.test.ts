import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import { configure } from './scenarios/configure.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { node, pod, runtimeClass, type PodChoice } from '../support/cluster/manifests.ts';
import { nodeName, podFor, podOperations } from './scenarios/pod-operations.ts';

const startTimeoutMs = 15 * 60_000;
const scenarioTimeoutMs = 120_000;

const ownKey = 'example.com/machine';

const runtimes = {
  kata: { runtimeType: 'io.containerd.kata.v2' },
  vanishing: { runtimeType: 'io.containerd.kata.v2' },
  removed: { runtimeType: 'io.containerd.kata.v2' },
  extended: { runtimeType: 'io.containerd.kata.v2' },
};
const strict = { mode: 'enforce', undeclaredHandlers: 'deny', runtimeClassDeletion: 'allow' };
const before = { ...strict, runtimes };
const after = {
  ...strict,
  runtimes: {
    kata: runtimes.kata,
    vanishing: runtimes.vanishing,
    extended: { ...runtimes.extended, annotations: { [ownKey]: 'q35' } },
  },
};

/** Pods that were let in once, and what has become of the world since. */
const situations: readonly { readonly since: string; readonly namespace: string; readonly choice: PodChoice }[] = [
  { since: "shimgate's installation", namespace: 'before-it-came', choice: { runtimeClassName: 'kata' } },
  {
    since: "shimgate's installation, of a class that it refuses",
    namespace: 'before-it-refused',
    choice: { runtimeClassName: 'undeclared' },
  },
  {
    since: "shimgate's installation, with a value of its author's under a managed key",
    namespace: 'before-it-wrote',
    choice: { runtimeClassName: 'kata', annotations: { 'shimgate.dev/source': 'me' } },
  },
  { since: "its class's deletion", namespace: 'before-its-class-went', choice: { runtimeClassName: 'vanishing' } },
  {
    since: 'a configuration without its runtime',
    namespace: 'before-its-runtime-went',
    choice: { runtimeClassName: 'removed' },
  },
  {
    since: 'a configuration that manages more keys',
    namespace: 'before-more-was-managed',
    choice: { runtimeClassName: 'extended', annotations: { [ownKey]: 'mine' } },
  },
];

describe('in enforce mode', () => {
  let cluster: LeasedCluster;
  let installation: Installation;
  const users = new Map<string, KubectlUser>();

  beforeAll(async () => {
    cluster = await LeasedCluster.lease();
    const admin = new KubectlUser(cluster, 'default');
    const classes = [...Object.keys(runtimes), 'undeclared'].map((name) => runtimeClass(name, name));
    expectSilence(await admin.apply(node(nodeName), ...classes));
    const [old, young] = [situations.slice(0, 3), situations.slice(3)];
    for (const { namespace, choice } of old) await makePods(namespace, choice);
    installation = await Installation.install(cluster, { values: { config: before, replicas: 1 } });
    for (const { namespace, choice } of young) await makePods(namespace, choice);
    await configure(cluster, installation, after);
    expectSilence(await cluster.kubectl(['delete', 'runtimeclass', 'vanishing']));
  }, startTimeoutMs);

  afterAll(async () => {
    await installation.stop();
    await cluster.release();
  });

  async function makePods(namespace: string, choice: PodChoice): Promise<void> {
    const user = await KubectlUser.inNewNamespace(cluster, namespace);
    expectSilence(await user.apply(...podOperations.map((operation) => podFor(operation, choice))));
    users.set(namespace, user);
  }

  function userOf(namespace: string): KubectlUser {
    const user = users.get(namespace);
    if (user === undefined) throw new Error(`Nobody made the namespace ${namespace}.`);
    return user;
  }

  describe.each(situations)('a pod that is older than $since', ({ namespace, choice }) => {
    test.each(podOperations)(
      '$name',
      async ({ run, pod: name }) => {
        await run(userOf(namespace), name, choice);
      },
      scenarioTimeoutMs,
    );

    test(
      'goes with its namespace',
      async () => {
        const deleted = await cluster.kubectl(['delete', 'namespace', namespace, '--timeout=60s'], {
          timeoutMs: 90_000,
        });
        expectSilence(deleted);
      },
      scenarioTimeoutMs,
    );
  });

  describe('new pods meanwhile', () => {
    let user: KubectlUser;

    beforeAll(async () => {
      user = await KubectlUser.inNewNamespace(cluster, 'new-pods');
    });

    test.each([
      ['undeclared', 'no node that the class can use is known'],
      ['removed', 'no node that the class can use is known'],
    ])('of the class %s are refused', async (runtimeClassName) => {
      const refused = await user.apply(pod('new', { runtimeClassName }));
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain(
        `Pod new-pods/new -> RuntimeClass "${runtimeClassName}" -> handler "${runtimeClassName}", ` +
          'which the configuration does not declare',
      );
    });

    test("of a deleted class are refused by the API server's own plugin", async () => {
      const refused = await user.apply(pod('new', { runtimeClassName: 'vanishing' }));
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('RuntimeClass "vanishing" not found');
    });

    test('get the keys that are managed now', async () => {
      const applied = await user.apply(pod('new', { runtimeClassName: 'extended', annotations: { [ownKey]: 'mine' } }));
      expect(applied.exitCode).toBe(0);
      expect(applied.stderr).toBe(
        `Warning: Pod new-pods/new: annotation ${ownKey}: "mine" is replaced by "q35". ` +
          '[ManagedAnnotationReplaced] Leave this annotation out of the manifest.\n',
      );
      expect(await user.podAnnotations('new')).toMatchObject({ [ownKey]: 'q35' });
    });
  });

  describe('while no replica answers', () => {
    const kata = { runtimeClassName: 'kata' };
    let user: KubectlUser;

    beforeAll(async () => {
      user = await KubectlUser.inNewNamespace(cluster, 'nobody-answers');
      expectSilence(await user.apply(...podOperations.map((operation) => podFor(operation, kata))));
      for (const replica of [...installation.pods]) await installation.stopPod(replica);
    });

    test.each(podOperations.filter(({ changesAnnotations }) => changesAnnotations === undefined))(
      'a pod $name',
      async ({ run, pod: name }) => {
        await run(user, name, kata);
      },
      scenarioTimeoutMs,
    );

    test('pods that no rule concerns are made', async () => {
      expectSilence(await user.apply(pod('plain')));
    });

    test('pods with a class are refused, and the message says who did not answer', async () => {
      const refused = await user.apply(pod('new', kata));
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('failed calling webhook "pods.shimgate.dev": failed to call webhook: Post');
    });
  });
});
