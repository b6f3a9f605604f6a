import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { checkAdmissionReview, type AdmissionRequest } from '../../src/admission/decode-review.ts';
import { createdPod } from '../support/arbitrary/arbitrary-created-pod.ts';
import type { ApiClient } from '../support/cluster/api-client.ts';
import { node, runtimeClass } from '../support/cluster/manifests.ts';
import { severalAtATime } from '../support/several-at-a-time.ts';
import { policyFolders } from '../support/worlds/policy-fixtures.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { FixtureRequests, requestsOf } from './scenarios/fixture-requests.ts';
import { gvisor, kata, runtimes } from './scenarios/sandbox-runtimes.ts';
import { labelled, outcomeOf, TwoWays, type Outcome, type Way } from './scenarios/two-ways.ts';

/**
 * Whether the API server answers for an object or it is sent is nothing that its author could tell. Each object is sent to a
 * real API server both ways; the installations differ in nothing else.
 */

/** Pods that are generated; SHIMGATE_E2E_PODS=100000 for a long night. */
const generatedPods = Number(process.env['SHIMGATE_E2E_PODS'] ?? 2_000);
const seed = Number(process.env['SHIMGATE_E2E_SEED'] ?? 20_261_128);

/** Nothing is refused by it while clusters of fixtures are stored, pods included that no webhook would let in. */
const lenient = { mode: 'audit' };

jest.setTimeout(120_000 + generatedPods * 60);

let cluster: LeasedCluster;
let api: ApiClient;
let requests: FixtureRequests;
let both: TwoWays;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  ({ api } = cluster);
  requests = new FixtureRequests(api);
  both = await TwoWays.start(cluster, lenient);
}, 15 * 60_000);

afterAll(async () => {
  await both.stop();
  await cluster.release();
});

type Labelled = { readonly metadata?: { readonly generateName?: string } };

/** Asks both ways, and expects the same. @returns what came of it */
async function expectSame(request: AdmissionRequest): Promise<Outcome> {
  const { object } = request;
  const { generateName } = (object as Labelled | null | undefined)?.metadata ?? {};
  const ask = async (way: Way) => {
    const asked = object === null || object === undefined ? request : { ...request, object: labelled(object, way) };
    return outcomeOf(await requests.ask(asked), generateName);
  };
  const sent = await ask('sent');
  expect(await ask('answered')).toEqual(sent);
  return sent;
}

const configurationIn = (file: string) => {
  const { apiVersion: _, kind: __, ...config } = parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
  return config;
};

describe.each(policyFolders())('of the objects of $id', (folder) => {
  beforeAll(async () => {
    await both.configure(lenient);
    await requests.store(folder);
    await both.configure(configurationIn(path.join(folder.directory, 'configuration.yaml')));
    await both.settled();
  });

  afterAll(async () => {
    await both.configure(lenient);
    await requests.remove(folder);
  });

  test.each([...folder.fail, ...folder.pass])('$name comes to the same', async (fixture) => {
    for (const request of requestsOf(fixture)) {
      await requests.storeOld(request);
      await expectSame(request);
      await requests.removeOld(request);
    }
  });
});

describe('of recorded requests', () => {
  const fixtures = path.join(import.meta.dirname, '..', 'fixtures');
  const directory = path.join(fixtures, 'admission-reviews');
  const recorded = readdirSync(directory).filter((name) => !name.endsWith('.expected.json'));

  beforeAll(async () => {
    await both.configure(lenient);
    for (const { manifest } of [gvisor, kata]) await api.send('POST', '/apis/node.k8s.io/v1/runtimeclasses', manifest);
    await both.configure(configurationIn(path.join(fixtures, 'cluster', 'configuration.yaml')));
    await both.settled();
  });

  afterAll(async () => {
    await both.configure(lenient);
    for (const name of ['gvisor', 'kata']) await api.send('DELETE', `/apis/node.k8s.io/v1/runtimeclasses/${name}`);
  });

  test.each(recorded)('%s comes to the same', async (name) => {
    const request = checkAdmissionReview(JSON.parse(readFileSync(path.join(directory, name), 'utf8')));
    await requests.storeOld(request);
    await expectSame(request);
    await requests.removeOld(request);
  });
});

/** Where what is generated is sent to, and what the configuration says of it. */
const namespaces = ['plain', 'warned', 'only-kata', 'defaulted', 'exempt'];

const worlds: readonly (readonly [string, { readonly config: object; readonly hasNodes: boolean }])[] = [
  ['without rules and nodes', { config: { mode: 'enforce', undeclaredHandlers: 'deny', runtimes }, hasNodes: false }],
  [
    'with rules, modes, exemptions and nodes',
    {
      config: {
        mode: 'enforce',
        undeclaredHandlers: 'warn',
        runtimeHandlerAnnotation: true,
        runtimes,
        namespaceRules: [
          { namespaces: ['warned'], mode: 'warn' },
          { namespaces: ['only-*'], allowedRuntimeClassNames: ['kata'] },
          { namespaces: ['defaulted'], defaultRuntimeClassName: 'gvisor' },
        ],
        exemptions: { namespaces: ['exempt'], runtimeClassNames: ['lax'] },
      },
      hasNodes: true,
    },
  ],
];

describe.each(worlds)('of generated pods, %s,', (_, { config, hasNodes }) => {
  const classes = [gvisor.manifest, kata.manifest, runtimeClass('lax', 'runsc'), runtimeClass('ghost', 'nosuch')];

  beforeAll(async () => {
    await both.configure(lenient);
    for (const one of classes) await api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', one);
    for (const name of namespaces) {
      if ((await api.send('GET', `/api/v1/namespaces/${name}`)).status === 404) await api.makeNamespace(name);
    }
    if (hasNodes) {
      await api.expect('POST', '/api/v1/nodes', node('node-a', { sandbox: 'gvisor' }));
      const handlers = ['', 'runc', 'runsc', 'kata-qemu'].map((name) => ({ name }));
      await api.expect('PATCH', '/api/v1/nodes/node-a/status', { status: { runtimeHandlers: handlers } });
    }
    await both.configure(config);
    await both.settled();
  });

  afterAll(async () => {
    await both.configure(lenient);
    for (const { metadata } of classes)
      await api.send('DELETE', `/apis/node.k8s.io/v1/runtimeclasses/${metadata.name}`);
    if (hasNodes) await api.send('DELETE', '/api/v1/nodes/node-a');
  });

  test('each comes to the same, and many are answered', async () => {
    process.stderr.write(`seed ${seed}, ${generatedPods} pods\n`);
    const pods = fc.sample(
      fc.record({
        namespace: fc.constantFrom(...namespaces),
        object: createdPod({
          classes: { gvisor: gvisor.annotations, kata: kata.annotations, lax: gvisor.annotations },
          otherClasses: ['ghost', 'unknown'],
        }),
      }),
      { seed, numRuns: Math.ceil(generatedPods / worlds.length) },
    );
    const before = await both.counts();
    let created = 0;
    await severalAtATime(pods.length, 4, async (index) => {
      const { namespace, object } = pods[index] ?? { namespace: '', object: { metadata: {}, spec: {} } };
      const { answered, sent } = await both.create(namespace, object);
      expect({ object, namespace, ...answered }).toEqual({ object, namespace, ...sent });
      if (sent.status === 201) created++;
    });
    const after = await both.counts();
    const answered = after.answered - before.answered;
    process.stderr.write(
      `${created} of ${pods.length} created, on ${answered} of them the API server wrote by itself\n`,
    );
    expect(created).toBeGreaterThan(pods.length / 3);
    // Where rules, modes and exemptions go by the namespace, three namespaces of five are sent.
    expect(answered).toBeGreaterThan(pods.length / (hasNodes ? 10 : 6));
  });
});
