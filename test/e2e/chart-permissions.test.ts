import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accessesBy, accessesOf, rulesWithout, type Access, type Role } from './chart/access.ts';
import { render } from './chart/render.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import type { RunningPod } from '../support/installation/running-pod.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { logEntries } from '../support/installation/webhook-pages.ts';

const serviceAccount = 'system:serviceaccount:shimgate:shimgate';
const certificate = 'shimgate-certificate';
const registration = 'admissionregistration.k8s.io';

/** Read from the chart before any cluster is there, since each access is a test of its own. */
const roles = (await render({})).filter(({ kind }) => kind.endsWith('Role')) as readonly unknown[] as readonly Role[];
const granted = roles.flatMap(({ rules }) => accessesOf(rules));

/** Nothing else is allowed, whatever the chart says. */
const expected: readonly Access[] = [
  ...['get', 'list', 'watch'].map((verb) => `${verb} node.k8s.io/runtimeclasses`),
  ...['get', 'list', 'watch'].map((verb) => `${verb} namespaces`),
  ...['list', 'watch'].map((verb) => `${verb} nodes`),
  'list pods',
  ...['get', 'list', 'watch'].map((verb) => `${verb} configmaps/shimgate`),
  'create secrets',
  ...['list', 'watch', 'update'].map((verb) => `${verb} secrets/${certificate}`),
  ...['list', 'watch', 'patch'].flatMap((verb) => [
    `${verb} ${registration}/mutatingwebhookconfigurations/shimgate`,
    `${verb} ${registration}/validatingwebhookconfigurations/shimgate`,
  ]),
];

/** The review of a pod whose class no cluster of these tests has. */
const ofUnknownClass = join(
  import.meta.dirname,
  '..',
  'fixtures',
  'admission-reviews',
  '009-mutate-pod-create-sandboxed.json',
);

/** Pods are looked for when a class is to go. */
const deletionOfClass = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass' },
    resource: { group: 'node.k8s.io', version: 'v1', resource: 'runtimeclasses' },
    name: 'going',
    operation: 'DELETE',
    userInfo: { username: 'alice' },
    object: null,
    oldObject: { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'going' }, handler: 'runc' },
  },
};

/** These come of a request; what comes at the start is there or not before anybody asks. */
const onRequest: ReadonlySet<Access> = new Set([
  'get node.k8s.io/runtimeclasses',
  'get namespaces',
  'list pods',
  'get configmaps/shimgate',
  `update secrets/${certificate}`,
]);

describe('the rights that the chart gives', () => {
  let cluster: LeasedCluster;
  let installation: Installation;
  let admin: KubectlUser;

  beforeAll(async () => {
    cluster = await LeasedCluster.lease();
    admin = new KubectlUser(cluster, 'shimgate');
    installation = await Installation.install(cluster, { values: { replicas: 1 } });
  }, 120_000);

  afterAll(async () => {
    await installation.stop();
    await cluster.release();
  });

  test('are these, and no others', () => {
    expect(granted.toSorted()).toEqual(expected.toSorted());
  });

  test('are all used, and no other is asked for', async () => {
    const [first] = installation.pods;
    if (first === undefined) throw new Error('There is no replica.');
    await exercise(first);
    await eventually(async () => {
      const { given, refused } = await accessesBy(cluster, serviceAccount);
      expect([...refused]).toEqual([]);
      expect([...given].toSorted()).toEqual(expected.toSorted());
    });
  });

  describe('are missed', () => {
    afterAll(async () => {
      await grant(undefined);
    });

    test.each(expected)(
      'without %s',
      async (removed) => {
        for (const one of [...installation.pods]) await installation.stopPod(one);
        await grant(removed);
        // So that a certificate has to be made and published anew.
        expectSilence(await admin.run(['delete', 'secret', certificate, '--ignore-not-found']));
        const since = (await cluster.auditLines()).length;
        const started = await installation.startPod();
        if (onRequest.has(removed)) {
          await started.untilReady();
          await exercise(started);
        }
        await eventually(async () => {
          expect([...(await accessesBy(cluster, serviceAccount, since)).refused]).toEqual([removed]);
        });
        // A second look that is refused is as good as none, and says nothing; all else is told.
        if (!removed.startsWith('get ')) expect(await complaint(started)).toMatch(/forbidden/i);
      },
      60_000,
    );
  });

  /** Makes everything happen that does not happen at the start. */
  async function exercise(of: RunningPod): Promise<void> {
    // A class that is not known is looked for once more, and so is the configuration. The API server has that class, or
    // refuses the pod itself: this is what it asks where shimgate has not heard of the class yet.
    const review = await readFile(ofUnknownClass, 'utf8');
    await post(`https://${of.address}:8443/mutate`, review);
    // The same for a namespace.
    await post(
      `https://${of.address}:8443/mutate`,
      review.replaceAll('"namespace": "default"', '"namespace": "unheard-of"'),
    );
    await post(`https://${of.address}:8443/validate`, JSON.stringify(deletionOfClass));
    const patch = JSON.stringify({ data: { 'ca.crt': Buffer.from('broken').toString('base64') } });
    expectSilence(await admin.run(['patch', 'secret', certificate, `--patch=${patch}`]));
  }

  /** Gives what the chart gives, without one access. */
  async function grant(removed: Access | undefined): Promise<void> {
    for (const { kind, rules } of roles) {
      const patch = JSON.stringify({ rules: removed === undefined ? rules : rulesWithout(rules, removed) });
      expectSilence(await admin.run(['patch', kind.toLowerCase(), 'shimgate', '--type=merge', `--patch=${patch}`]));
    }
    if (removed === undefined) return;
    const [verb = '', resource = ''] = removed.split(' ');
    const asked = resource.replace(/^([^/]+\.[^/]+)\/([^/]+)/, '$2.$1');
    await eventually(async () => {
      const can = await admin.run(['auth', 'can-i', verb, asked, `--as=${serviceAccount}`]);
      expect(can.stdout).toBe('no\n');
    });
  }

  async function complaint(of: RunningPod): Promise<string> {
    return eventually(() => {
      const [first] = logEntries(of).filter(({ level, reason }) => level !== 'info' && reason !== undefined);
      if (first === undefined) throw new Error('nothing was said');
      return String(first['reason']);
    });
  }
});

/** Whether it answers is what counts, and not who it says it is. */
async function post(url: string, body: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const sent = request(url, { method: 'POST', rejectUnauthorized: false, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.resume();
}
