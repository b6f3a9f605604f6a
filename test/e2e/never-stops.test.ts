import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { startControlPlane } from '../support/cluster/start-control-plane.ts';
import { Installation } from '../support/installation/installation.ts';
import { ApiClient } from '../support/cluster/api-client.ts';
import { askToRenew, certificateData } from '../support/installation/certificate-renewal.ts';
import { eventually } from '../support/eventually.ts';
import { runtimeClass } from '../support/cluster/manifests.ts';
import { PodLoad, type LoadReport } from '../support/cluster/pod-load.ts';
import { caBundles } from '../support/installation/registration.ts';
import { logEntries } from '../support/installation/webhook-pages.ts';

const config = { mode: 'enforce', runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } };
const lifetimeMs = 30_000;

jest.setTimeout(240_000);

let cluster: ControlPlane;
let installation: Installation;
let client: ApiClient;

beforeAll(async () => {
  cluster = await startControlPlane();
  client = new ApiClient(cluster);
  const extraArgs = [`--certificate-lifetime=${lifetimeMs}ms`];
  installation = await Installation.install(cluster, {
    values: { config, extraArgs },
    endpointsLagMs: 2_000,
    isDrained: true,
  });
  await client.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', runtimeClass('kata', 'kata'));
}, 15 * 60_000);

afterAll(async () => {
  client.close();
  await installation.stop();
  await cluster.stop();
});

/** Creates 50 pods a second meanwhile, and expects of each that nothing came between. */
async function underLoad(namespace: string, scenario: (load: PodLoad) => Promise<void>): Promise<LoadReport> {
  await client.makeNamespace(namespace);
  const report = await PodLoad.during(client, { namespace, className: 'kata', perSecond: 50 }, scenario);
  expect(report.failures).toEqual([]);
  expect(await client.callingWebhookErrors()).toBe(0);
  return report;
}

/** How often the replicas have logged this. */
function logged(message: string): number {
  return installation.pods.flatMap(logEntries).filter(({ msg }) => msg === message).length;
}

describe('not one of 50 creations a second fails', () => {
  test('while both replicas are replaced, though endpoints follow only after two seconds', async () => {
    const before = [...installation.pods];
    const { creations } = await underLoad('restarts', async () => {
      await Promise.all(await installation.restartPods());
    });
    expect(creations).toBeGreaterThan(500);
    expect(before.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    for (const pod of before) expect(logEntries(pod).at(-1)).toMatchObject({ msg: 'stopped', isFinished: true });
  });

  test('while the certificate is renewed, its CA changed, and the old CA forgotten', async () => {
    const first = await certificateData(client, installation);
    const bundle = async () => {
      const [one = '', ...others] = new Set(Object.values(await caBundles(cluster, installation)));
      expect(others).toEqual([]);
      return Buffer.from(one, 'base64').toString();
    };
    await underLoad('renewals', async () => {
      await eventually(async () => {
        // By itself, at two thirds of its life.
        expect((await certificateData(client, installation))['tls.crt']).not.toBe(first['tls.crt']);
      }, lifetimeMs);
      expect(await bundle()).toBe(first['ca.crt']);

      await askToRenew(client, installation, 'authority');
      await eventually(async () => {
        const { 'next-ca.crt': next = 'none' } = await certificateData(client, installation);
        expect(await bundle()).toBe(`${first['ca.crt'] ?? ''}${next}`);
      });
      await eventually(async () => {
        const { 'ca.crt': authority = '' } = await certificateData(client, installation);
        expect(authority).not.toBe(first['ca.crt']);
        expect(await bundle()).toBe(`${authority}${first['ca.crt'] ?? ''}`);
      });
      await eventually(async () => {
        expect(await bundle()).toBe((await certificateData(client, installation))['ca.crt']);
      }, 2 * lifetimeMs);
    });
    expect(logged('new authority announced')).toBe(1);
    expect(logged('new authority signs')).toBe(1);
    expect(logged('old authority dropped')).toBe(1);
    expect(logged('cannot keep the certificate up to date')).toBe(0);
  });
});
