import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ApiClient } from '../support/cluster/api-client.ts';
import { pod, runtimeClass, type PodManifest } from '../support/cluster/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { RivalWebhooks, setAnnotation, setClass, type Rival } from './scenarios/rival-webhooks.ts';
import { gvisor, kata, runtimes } from './scenarios/sandbox-runtimes.ts';
import { page } from '../support/installation/webhook-pages.ts';
import { TwoWays } from './scenarios/two-ways.ts';

/** Out of step only ever means a call: whatever is missing, old or changed by others, what comes of a pod is the same. */

const config = { mode: 'enforce', undeclaredHandlers: 'deny', runtimes };
const namespace = 'people';
const group = '/apis/admissionregistration.k8s.io/v1';

jest.setTimeout(180_000);

let cluster: LeasedCluster;
let api: ApiClient;
let both: TwoWays;
let rivals: RivalWebhooks;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  ({ api } = cluster);
  await api.makeNamespace(namespace);
  both = await TwoWays.start(cluster, config, ['trusted-rival']);
  rivals = await RivalWebhooks.start(cluster);
  for (const { manifest } of [gvisor, kata]) await api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', manifest);
  await both.settled();
}, 15 * 60_000);

afterAll(async () => {
  await rivals.stop();
  await both.stop();
  await cluster.release();
});

/** Pods that differ in what was on them before anything saw them. */
const pods: readonly PodManifest[] = [
  pod('plain', { runtimeClassName: 'gvisor' }),
  pod('own', { runtimeClassName: 'kata', annotations: { 'example.com/team': 'a' } }),
  pod('right', { runtimeClassName: 'gvisor', annotations: gvisor.annotations }),
  pod('wrong', { runtimeClassName: 'gvisor', annotations: { ...gvisor.annotations, 'shimgate.dev/source': 'me' } }),
  pod('another', { runtimeClassName: 'gvisor', annotations: kata.annotations }),
  pod('none'),
  labelledPod('left-alone', { 'two-ways.example.com/left-alone': 'true' }),
];

/** One that an admin's own condition keeps from shimgate. */
function labelledPod(name: string, labels: Readonly<Record<string, string>>): PodManifest {
  const made = pod(name, { runtimeClassName: 'gvisor' });
  return { ...made, metadata: { ...made.metadata, labels } };
}

/** Expects the same of each pod both ways. @returns on how many of them the API server wrote */
async function expectSame(): Promise<number> {
  const before = await both.counts();
  for (const one of pods) {
    const { answered, sent } = await both.create(namespace, one);
    expect({ pod: one.metadata.name, ...answered }).toEqual({ pod: one.metadata.name, ...sent });
  }
  return (await both.counts()).answered - before.answered;
}

test('with all in step, ordinary pods are answered, and spoofed ones are sent', async () => {
  expect(await expectSame()).toBe(2);
});

describe("another's mutating webhook", () => {
  const rivalsPatches = [
    ['breaks an annotation of ours', setAnnotation('shimgate.dev/runtime-type', 'broken')],
    ['writes the right annotation', setAnnotation('shimgate.dev/source', 'configured')],
    ['writes one of its own', setAnnotation('sidecar.example.com/injected', 'true')],
    ['writes a guarded one', setAnnotation('io.katacontainers.config.hypervisor.path', '/bin/sh')],
    [
      'sets the class of pods that have none',
      (seen) => (seen.spec.runtimeClassName === undefined ? setClass('gvisor')(seen) : []),
    ],
  ] as const satisfies readonly (readonly [string, Rival['patch']])[];

  test.each(
    rivalsPatches.flatMap(([what, patch]) =>
      (
        [
          ['a-rival', 'before ours', 'Never'],
          ['z-rival', 'after ours', 'Never'],
          ['z-rival', 'after ours, and again', 'IfNeeded'],
        ] as const
      ).map(([name, when, reinvocationPolicy]) => [what, when, { name, reinvocationPolicy, patch }] as const),
    ),
  )('that %s, %s, makes no difference', async (_, __, rival) => {
    await rivals.during({ ...rival, namespace, operation: 'CREATE' }, async () => {
      await both.settled();
      // What one that runs later makes of a pod nobody but the webhook could put right, if it was asked before.
      expect(await expectSame()).toBe(rival.name === 'z-rival' ? 0 : 2);
    });
    await both.settled();
  });

  test('that runs after ours has all pods sent, unless it is trusted, and a replica says so', async () => {
    const [one] = both.answering.pods;
    if (one === undefined) throw new Error('There is no replica.');
    const state = async () =>
      (await page(one, '/readyz?verbose')).split('\n').find((line) => line.includes('in-process'));
    expect(await state()).toBe('[+]in-process ok (2 answered, 0 waiting, 0 left out)');
    const harmless = { reinvocationPolicy: 'Never', namespace, operation: 'CREATE', patch: () => [] } as const;
    await rivals.during({ ...harmless, name: 'z-rival' }, async () => {
      await both.settled();
      expect(await state()).toBe(
        "[+]in-process ok (all pods are sent: pods may be changed after shimgate's webhook by that of z-rival)",
      );
    });
    await rivals.during({ ...harmless, name: 'trusted-rival' }, async () => {
      await both.settled();
      expect(await expectSame()).toBe(2);
    });
    await both.settled();
  });
});

/** What the controller may no longer write, so that what is there stays as it is. */
async function whilePaused(scenario: () => Promise<void>): Promise<void> {
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${both.answering.release}`;
  const { rules } = JSON.parse(await api.expect('GET', path)) as {
    readonly rules: readonly { readonly apiGroups: readonly string[]; readonly verbs: readonly string[] }[];
  };
  const readOnly = rules.map((rule) =>
    rule.apiGroups.includes('admissionregistration.k8s.io')
      ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'patch') }
      : rule,
  );
  await api.expect('PATCH', path, { rules: readOnly });
  try {
    await scenario();
  } finally {
    await api.expect('PATCH', path, { rules });
    await both.settled();
  }
}

describe('while the controller cannot write', () => {
  /** The API server looks at policies once a second. */
  const propagation = () => new Promise((resolve) => setTimeout(resolve, 3_000));

  test.each(['mutatingadmissionpolicybindings', 'mutatingadmissionpolicies', 'validatingadmissionpolicies'])(
    'one of its %s that is taken away makes no difference',
    async (kind) => {
      const path = `${group}/${kind}`;
      const stored = JSON.parse(await api.expect('GET', `${path}/${both.answering.release}`)) as {
        readonly metadata: { readonly name: string; readonly labels: object; readonly annotations: object };
        readonly spec: object;
      };
      await whilePaused(async () => {
        await api.expect('DELETE', `${path}/${both.answering.release}`);
        await propagation();
        expect(await expectSame()).toBe(kind.startsWith('mutating') ? 0 : 2);
        const { name, labels, annotations } = stored.metadata;
        await api.expect('POST', path, { ...stored, metadata: { name, labels, annotations } });
      });
    },
  );

  test('a configuration that is not known yet leaves the answers of the one before', async () => {
    const withoutOptions = { ...runtimes.runsc, options: undefined };
    await whilePaused(async () => {
      await both.configure({ ...config, runtimes: { ...runtimes, runsc: withoutOptions } });
      await propagation();
      const plain = pod('plain', { runtimeClassName: 'gvisor' });
      const { answered, sent } = await both.create(namespace, plain);
      const { 'shimgate.dev/options': _, ...annotations } = gvisor.annotations;
      expect(sent).toMatchObject({ status: 201, warnings: [], body: { metadata: { annotations } } });
      expect(answered).toMatchObject({
        status: 201,
        warnings: [],
        body: { metadata: { annotations: gvisor.annotations } },
      });
      await both.configure(config);
    });
    expect(await expectSame()).toBe(2);
  });

  test('a condition of one webhook alone that is older makes no difference', async () => {
    await whilePaused(async () => {
      await api.expect('PATCH', `${group}/mutatingwebhookconfigurations/${both.answering.release}`, await older());
      await propagation();
      expect(await expectSame()).toBe(2);
    });
  });

  test('a class cannot be made anew with another handler, and pods of it are never answered by the old one', async () => {
    const classes = '/apis/node.k8s.io/v1/runtimeclasses';
    await api.expect('POST', classes, runtimeClass('short', 'runsc'));
    await both.settled();
    await whilePaused(async () => {
      await api.expect('DELETE', `${classes}/short`);
      const anew = await api.send('POST', classes, runtimeClass('short', 'kata-qemu'));
      expect(anew.status).toBe(403);
      expect(anew.text).toContain('pods of it still get the answers of handler \\"runsc\\"');
      const { answered, sent } = await both.create(namespace, pod('short', { runtimeClassName: 'short' }));
      expect(answered).toEqual(sent);
      expect(sent.status).toBe(403);
      // The same class again is nothing that answers could be wrong about.
      await api.expect('POST', classes, runtimeClass('short', 'runsc'));
      await api.expect('DELETE', `${classes}/short`);
    });
    await eventually(async () => {
      await api.expect('POST', classes, runtimeClass('short', 'kata-qemu'));
    });
    await both.settled();
    const { answered, sent } = await both.create(namespace, pod('short', { runtimeClassName: 'short' }));
    expect(answered).toEqual(sent);
    expect(answered.body).toMatchObject({ metadata: { annotations: kata.annotations } });
    await api.expect('DELETE', `${classes}/short`);
    await both.settled();
  });
});

/** The mutating configuration without any answer, as it was before there were classes. */
async function older(): Promise<object> {
  const path = `${group}/mutatingwebhookconfigurations/${both.answering.release}`;
  const { webhooks } = JSON.parse(await api.expect('GET', path)) as {
    readonly webhooks: readonly {
      readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
    }[];
  };
  return {
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      ...(webhook.matchConditions !== undefined && {
        matchConditions: webhook.matchConditions.map((condition) =>
          condition.name === 'not-right-already' ? { ...condition, expression: 'true' } : condition,
        ),
      }),
    })),
  };
}
