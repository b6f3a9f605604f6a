import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ApiClient } from '../support/cluster/api-client.ts';
import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { PodLoad } from '../support/cluster/pod-load.ts';
import { startControlPlane } from '../support/cluster/start-control-plane.ts';
import { storedAnnotations } from '../support/cluster/stored-annotations.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from '../support/installation/installation.ts';
import { metric } from '../support/installation/webhook-pages.ts';
import { configure } from './scenarios/configure.ts';

jest.setTimeout(240_000);

const annotationsOf = (generation: string) => ({
  'example.com/generation': generation,
  'shimgate.dev/runtime-type': 'io.containerd.kata.v2',
  'shimgate.dev/shim-binary': 'containerd-shim-kata-v2',
  'shimgate.dev/source': 'configured',
});

function configOf(generation: string): object {
  const annotations = { 'example.com/generation': generation };
  const kata = { runtimeType: 'io.containerd.kata.v2', podAnnotations: ['example.com/*'], annotations };
  return { mode: 'enforce', runtimes: { kata } };
}

let cluster: ControlPlane;
let client: ApiClient;
let installation: Installation;

beforeAll(async () => {
  cluster = await startControlPlane();
  client = new ApiClient(cluster);
  installation = await Installation.install(cluster, {
    values: { config: configOf('0'), replicas: 2, inProcess: { enabled: 'auto' } },
    endpointsLagMs: 2_000,
  });
  await client.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', runtimeClass('kata', 'kata'));
  await untilAnswered('0');
}, 15 * 60_000);

afterAll(async () => {
  client.close();
  await installation.stop();
  await cluster.stop();
});

/** Waits until the API server answers for the class by itself, by this configuration. */
async function untilAnswered(generation: string): Promise<void> {
  const [one] = installation.pods;
  if (one === undefined) throw new Error('There is no replica.');
  await eventually(async () => {
    expect(await metric(one, 'shimgate_in_process_classes', { state: 'answered' })).toBe(1);
    const policies = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/shimgate';
    expect(await client.expect('GET', policies)).toContain(
      JSON.stringify(JSON.stringify({ 'example.com/generation': generation }).slice(1, -1)).slice(1, -1),
    );
  });
  // It looks at policies once a second.
  await sleep(2_500);
}

const create = (namespace: string, manifest: object) =>
  client.send('POST', `/api/v1/namespaces/${namespace}/pods`, manifest);

/** Creates 50 pods a second meanwhile, and expects that none fails. @returns the sets of annotations that they got */
async function underLoad(namespace: string, scenario: () => Promise<void>) {
  await client.makeNamespace(namespace);
  const report = await PodLoad.during(client, { namespace, className: 'kata', perSecond: 50 }, scenario);
  expect(report.failures).toEqual([]);
  expect(report.creations).toBeGreaterThan(200);
  return storedAnnotations(client, namespace);
}

describe('not one of 50 creations a second fails', () => {
  test('while the configuration changes, and none is stored with annotations that were never right', async () => {
    const stored = await underLoad('changes', async () => {
      for (const generation of ['1', '2', '3']) {
        await configure(cluster, installation, configOf(generation));
        await sleep(3_000);
      }
    });
    const right = ['0', '1', '2', '3'].map(annotationsOf);
    expect(
      stored.filter((one) => !right.some((other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)))),
    ).toEqual([]);
    expect(stored.length).toBeGreaterThan(1);
  });

  test('while no replica is there, and unknown classes and spoofed annotations are refused as ever', async () => {
    await untilAnswered('3');
    const stored = await underLoad('alone', async () => {
      await sleep(1_000);
      await Promise.all([...installation.pods].map((one) => installation.stopPod(one, 'SIGKILL')));
      await sleep(5_000);
      const unknown = await create('alone', pod('unknown', { runtimeClassName: 'unknown' }));
      expect(unknown).toMatchObject({
        status: 403,
        text: expect.stringContaining('RuntimeClass \\"unknown\\" not found'),
      });
      const annotations = { 'shimgate.dev/source': 'spoofed' };
      const spoofed = await create('alone', pod('spoofed', { runtimeClassName: 'kata', annotations }));
      expect(spoofed).toMatchObject({ status: 500, text: expect.stringContaining('failed calling webhook') });
    });
    expect(stored).toEqual([annotationsOf('3')]);
  });
});

test('an API server that starts anew answers from its first pod on, though no replica is there', async () => {
  await cluster.stopProcess('kube-apiserver');
  await cluster.startProcess('kube-apiserver');
  await client.makeNamespace('restarted');
  const { status, text, warnings } = await create('restarted', pod('first', { runtimeClassName: 'kata' }));
  expect({ status, warnings }).toEqual({ status: 201, warnings: [] });
  expect(JSON.parse(text)).toMatchObject({ metadata: { annotations: annotationsOf('3') } });
  await installation.startPods();
});

function sorted(record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(record).toSorted();
}
