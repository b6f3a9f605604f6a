import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import type { RunningPod } from '../support/installation/running-pod.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { caBundles, registrationOf, registrations } from '../support/installation/registration.ts';
import { logEntries } from '../support/installation/webhook-pages.ts';

const config = { mode: 'enforce', runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } };
const secretName = 'shimgate-certificate';
const securePort = 8443;

type Data = Readonly<Record<string, string>>;

jest.setTimeout(120_000);

let cluster: LeasedCluster;
let installation: Installation;
let admin: KubectlUser;
let user: KubectlUser;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  installation = await Installation.install(cluster, { values: { config, replicas: 2 } });
  admin = new KubectlUser(cluster, installation.namespace);
  user = await KubectlUser.inNewNamespace(cluster, 'people');
  expectSilence(await user.apply(runtimeClass('kata', 'kata')));
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.release();
});

async function secretData(): Promise<Data> {
  const { data } = await admin.stored<{ readonly data: Data }>('secret', secretName);
  return data;
}

/** The certificate that a replica serves, to whoever trusts this CA and calls it by the Service's name. */
async function served(replica: RunningPod, ca: string): Promise<string> {
  const socket = connect({ host: replica.address, port: securePort, ca, servername: 'shimgate.shimgate.svc' });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

/** Proves that the API server reaches and trusts both webhooks. */
async function works(): Promise<void> {
  const name = `web-${Date.now()}`;
  expectSilence(await user.apply(pod(name, { runtimeClassName: 'kata' })));
  expect(await user.podAnnotations(name)).toMatchObject({ 'shimgate.dev/source': 'configured' });
}

/** Waits until the Secret has these data again and every entry of both configurations its CA. */
async function untilWhole(data: Data): Promise<void> {
  await eventually(async () => {
    expect(await secretData()).toEqual(data);
    expect(new Set(Object.values(await caBundles(cluster, installation)))).toEqual(new Set([data['ca.crt']]));
  });
  await works();
}

function issues(): number {
  return installation.pods.flatMap(logEntries).filter(({ msg }) => msg === 'certificate issued').length;
}

describe('two replicas that start together', () => {
  test('make one certificate, and both serve it', async () => {
    const data = await secretData();
    const ca = Buffer.from(data['ca.crt'] ?? '', 'base64').toString();
    const { fingerprint256 } = new X509Certificate(Buffer.from(data['tls.crt'] ?? '', 'base64'));
    expect(issues()).toBe(1);
    expect(installation.pods).toHaveLength(2);
    for (const replica of installation.pods) expect(await served(replica, ca)).toBe(fingerprint256);
    await untilWhole(data);
  });
});

describe('is made whole again', () => {
  test('a Secret that was deleted', async () => {
    const data = await secretData();
    expectSilence(await admin.run(['delete', 'secret', secretName]));
    await untilWhole(data);
  });

  test.each([
    ['whose certificate is none', { 'tls.crt': Buffer.from('garbage').toString('base64') }],
    ['whose keys are gone', { 'tls.key': '', 'ca.key': null }],
    ['that is empty', { 'tls.crt': '', 'tls.key': '', 'ca.crt': null, 'ca.key': null }],
  ])('a Secret %s', async (_, data) => {
    const before = await secretData();
    const patch = JSON.stringify({ data });
    // The API server warns about it, and takes it.
    const patched = await admin.run(['patch', 'secret', secretName, '--type=merge', `--patch=${patch}`]);
    expect(patched.stdout).toBe(`secret/${secretName} patched\n`);
    await untilWhole(before);
  });

  test.each(registrations)('a %s whose CA was emptied', async (kind) => {
    const data = await secretData();
    const registration = await registrationOf(cluster, installation, kind);
    const webhooks = registration.webhooks.map(({ clientConfig: { service }, ...rest }) => ({
      ...rest,
      clientConfig: { service },
    }));
    const input = JSON.stringify({ ...registration, webhooks });
    expectSilence(await cluster.kubectl(['replace', '--filename=-'], { input }));
    await untilWhole(data);
  });

  test.each(registrations)('a %s is written under the name of shimgate', async (kind) => {
    const args = [
      'get',
      kind,
      installation.release,
      '--show-managed-fields',
      '--output=jsonpath={.metadata.managedFields[*].manager}',
    ];
    expect((await cluster.kubectl(args)).stdout.split(' ')).toContain('shimgate');
  });

  test.each(registrations)('a %s with the CA of somebody else', async (kind) => {
    const data = await secretData();
    const patch = JSON.stringify([
      { op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: data['tls.crt'] },
    ]);
    expectSilence(await cluster.kubectl(['patch', kind, installation.release, '--type=json', `--patch=${patch}`]));
    await untilWhole(data);
  });
});

/** Has all replicas start where there is no Secret. @returns what was in it before, and what is now */
async function startWithoutSecret(): Promise<readonly [Data, Data]> {
  const before = await secretData();
  for (const replica of [...installation.pods]) await installation.stopPod(replica);
  expectSilence(await admin.run(['delete', 'secret', secretName]));
  await installation.startPods();
  return [before, await secretData()];
}

test('replicas that start where the Secret went while nobody ran make a new one, and everything trusts it', async () => {
  const [before, after] = await startWithoutSecret();
  expect(after['ca.crt']).not.toBe(before['ca.crt']);
  expect(issues()).toBe(1);
  await untilWhole(after);
});

test('a Secret that is put back from a backup is taken, and the CA in use is trusted until its certificate is gone', async () => {
  const [backup, inUse] = await startWithoutSecret();
  const decoded = (data: Data) => Buffer.from(data['ca.crt'] ?? '', 'base64').toString();
  const patched = await admin.run(['patch', 'secret', secretName, `--patch=${JSON.stringify({ data: backup })}`]);
  expect(patched.stdout).toBe(`secret/${secretName} patched\n`);
  await eventually(async () => {
    const bundle = Buffer.from(`${decoded(backup)}${decoded(inUse)}`).toString('base64');
    expect(new Set(Object.values(await caBundles(cluster, installation)))).toEqual(new Set([bundle]));
  });
  const { fingerprint256 } = new X509Certificate(Buffer.from(backup['tls.crt'] ?? '', 'base64'));
  await eventually(async () => {
    await works();
    for (const replica of installation.pods) expect(await served(replica, decoded(backup))).toBe(fingerprint256);
  });
});
