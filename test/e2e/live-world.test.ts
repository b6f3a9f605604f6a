import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { startControlPlane } from '../support/cluster/start-control-plane.ts';
import { Installation } from '../support/installation/installation.ts';
import type { RunningPod } from '../support/installation/running-pod.ts';
import { configure } from './scenarios/configure.ts';
import { DirectQuestions } from '../support/installation/direct-question.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { node, pod, runtimeClass } from '../support/cluster/manifests.ts';
import { logEntries, metric, page } from '../support/installation/webhook-pages.ts';

const config = {
  mode: 'warn',
  // Nodes alone then decide over what nobody declared, so that it shows what is known of them.
  undeclaredHandlers: 'reported',
  runtimeClassDeletion: 'allow',
  runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' }, runsc: { runtimeType: 'io.containerd.runsc.v1' } },
};
const kinds = ['RuntimeClass', 'Namespace', 'Node'] as const;
const strict = 'strict';
/** Also nodes that are not ready are its business. */
const byNode = runtimeClass('by-node', 'by-node', { scheduling: { tolerations: [{ operator: 'Exists' }] } });

jest.setTimeout(120_000);

let cluster: ControlPlane;
let installation: Installation;
let replica: RunningPod;
let questions: DirectQuestions;
let admin: KubectlUser;

beforeAll(async () => {
  cluster = await startControlPlane();
  installation = await Installation.install(cluster, { values: { config, replicas: 1, logLevel: 'debug' } });
  [replica] = installation.pods as readonly [RunningPod];
  questions = await DirectQuestions.open(cluster, installation);
  admin = await KubectlUser.inNewNamespace(cluster, strict, { 'shimgate.dev/mode': 'enforce' });
  await admin.apply(runtimeClass('changing', 'kata'), byNode);
  await eventually(async () => {
    expect(await metric(replica, 'shimgate_cache_objects', { kind: 'RuntimeClass' })).toBe(2);
  });
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.stop();
});

/** What the webhook says of a new pod of that class in the namespace that is strict by its label. */
function ask(runtimeClassName: string) {
  return questions.ask(replica, '/mutate', strict, pod('web', { runtimeClassName }));
}

/** What a pod of that class gets, by the real way. */
async function runtimeTypeOf(runtimeClassName: string): Promise<string | undefined> {
  const name = `web-${Date.now()}`;
  expectSilence(await admin.apply(pod(name, { runtimeClassName })));
  return (await admin.podAnnotations(name))['shimgate.dev/runtime-type'];
}

async function stalest(): Promise<number> {
  return Math.max(
    ...(await Promise.all(kinds.map((kind) => metric(replica, 'shimgate_cache_staleness_seconds', { kind })))),
  );
}

async function untilFresh(): Promise<void> {
  await eventually(async () => {
    expect(await page(replica, '/readyz?verbose')).not.toContain('last heard of');
    expect(await stalest()).toBe(0);
  }, 60_000);
}

describe.each([
  ['stopped politely', 'politely', 'kata', 'runsc'],
  ['killed', 'at once', 'runsc', 'kata'],
] as const)('while the API server is away because it was %s', (_, how, oldHandler, newHandler) => {
  beforeAll(async () => {
    await cluster.stopProcess('kube-apiserver', how);
  });

  afterAll(async () => {
    await cluster.startProcess('kube-apiserver');
  });

  test('verdicts go on from memory', async () => {
    const known = await ask('changing');
    expect(known.allowed).toBe(true);
    expect(Buffer.from(known.patch ?? '', 'base64').toString()).toContain(`io.containerd.${oldHandler}.v`);
    const { allowed, status } = await ask('made-later');
    expect({ allowed, code: status?.code }).toEqual({ allowed: false, code: 403 });
    expect(status?.message).toContain(
      `Pod ${strict}/web -> RuntimeClass "made-later": no such RuntimeClass. [RuntimeClassNotFound]`,
    );
  });

  test('it stays ready, and readiness and metrics say since when nothing was heard', async () => {
    await eventually(async () => {
      const readiness = await page(replica, '/readyz?verbose');
      for (const kind of kinds) {
        expect(readiness).toMatch(new RegExp(`^\\[\\+\\]sync ${kind} ok \\(last heard of \\d+ s ago: .+\\)$`, 'm'));
        expect(await metric(replica, 'shimgate_cache_staleness_seconds', { kind })).toBeGreaterThanOrEqual(1);
      }
      expect(readiness).toContain('readyz check passed');
    });
    expect(await replica.isReady()).toBe(true);
  });

  test('nothing is missed: what changed in it is known once it is back', async () => {
    await cluster.startProcess('kube-apiserver');
    await untilFresh();
    // By the watch of classes: one that is known is not looked up.
    expectSilence(await cluster.kubectl(['delete', 'runtimeclass', 'changing']));
    expectSilence(await admin.apply(runtimeClass('changing', newHandler), runtimeClass(`made-${newHandler}`, 'kata')));
    await eventually(async () => {
      expect(await runtimeTypeOf('changing')).toContain(`io.containerd.${newHandler}.v`);
    });
    expect(await runtimeTypeOf(`made-${newHandler}`)).toBe('io.containerd.kata.v2');
    // By the watch of nodes: only one that reports its handlers leads to a denial.
    expect(await ask('by-node')).toMatchObject({ allowed: true });
    await makeNode('worker');
    await eventually(async () => {
      expect(await ask('by-node')).toMatchObject({ allowed: false });
    });
    // By the watch of namespaces: without its label the namespace is as lenient as all others.
    expectSilence(await cluster.kubectl(['label', 'namespace', strict, 'shimgate.dev/mode-']));
    await eventually(async () => {
      expect(await ask('by-node')).toMatchObject({ allowed: true });
    });
    // By the watch of the configuration.
    await configure(cluster, installation, { ...config, mode: 'enforce' });
    expect(await ask('by-node')).toMatchObject({ allowed: false });

    await configure(cluster, installation, config);
    expectSilence(await cluster.kubectl(['label', 'namespace', strict, 'shimgate.dev/mode=enforce']));
    expectSilence(await cluster.kubectl(['delete', 'node', 'worker']));
    await eventually(async () => {
      expect(await metric(replica, 'shimgate_cache_objects', { kind: 'Node' })).toBe(0);
    });
  });
});

test('a watch that the API server no longer has the events for leads to a new list', () => {
  // It has forgotten them when it starts anew.
  expect(logEntries(replica)).toContainEqual(
    expect.objectContaining({ msg: 'watch expired', reason: expect.stringContaining('too old resource version') }),
  );
});

test('while etcd does not answer, verdicts go on, also when a class has to be looked up', async () => {
  cluster.pauseProcess('etcd');
  try {
    expect(await ask('changing')).toMatchObject({ allowed: true });
    expect(await ask('nobody-made-it')).toMatchObject({ allowed: false });
    expect(await replica.isReady()).toBe(true);
  } finally {
    cluster.resumeProcess('etcd');
  }
  await eventually(async () => {
    expect(await runtimeTypeOf('changing')).toMatch(/^io\.containerd\./);
  });
  await untilFresh();
});

describe('a replica, while the API server takes connections and answers none', () => {
  let late: RunningPod;

  test('is not ready when it starts, and says why', async () => {
    late = await installation.startPod();
    cluster.pauseProcess('kube-apiserver');
    await eventually(async () => {
      expect(await page(late, '/readyz')).toMatch(/^\[-\]sync Namespace failed: not read yet$/m);
    });
    expect(await late.isReady()).toBe(false);
  });

  test('becomes ready once it answers', async () => {
    cluster.resumeProcess('kube-apiserver');
    await late.untilReady();
  });

  test.each([
    ['has yet to list', () => installation.startPod()],
    ['watches', () => Promise.resolve(late)],
  ])('ends in order when it %s', async (_, get) => {
    const ending = await get();
    cluster.pauseProcess('kube-apiserver');
    try {
      await eventually(async () => {
        await page(ending, '/livez');
      });
      await installation.stopPod(ending);
      expect(ending.exitCode).toBe(0);
      expect(logEntries(ending).at(-1)).toMatchObject({ msg: 'stopped', isFinished: true });
    } finally {
      cluster.resumeProcess('kube-apiserver');
    }
  });
});

/** A node that reports one handler, which is not the one of the class by-node. */
async function makeNode(name: string): Promise<void> {
  expectSilence(await admin.apply(node(name)));
  const status = JSON.stringify({ status: { runtimeHandlers: [{ name: 'runc' }] } });
  expectSilence(await cluster.kubectl(['patch', 'node', name, '--subresource=status', `--patch=${status}`]));
}
