import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { Installation } from '../support/installation/installation.ts';
import { ApiClient } from '../support/cluster/api-client.ts';
import { certificateData } from '../support/installation/certificate-renewal.ts';
import { Checkout } from './scenarios/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';
import { caBundles } from '../support/installation/registration.ts';
import { metric } from '../support/installation/webhook-pages.ts';

const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
const values = {
  replicas: 1,
  config: {
    mode: 'enforce',
    undeclaredHandlers: 'deny',
    runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } },
  },
};

jest.setTimeout(120_000);

let cluster: LeasedCluster;
let installation: Installation;
let client: ApiClient;
let checkout: Checkout;
let user: KubectlUser;
let pods = 0;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  client = new ApiClient(cluster);
  checkout = await Checkout.make(cluster);
  user = await KubectlUser.inNewNamespace(cluster, 'people');
  expectSilence(await user.apply(runtimeClass('kata', 'kata'), runtimeClass('lost', 'lost')));
  installation = await Installation.install(cluster, { values });
}, 15 * 60_000);

afterAll(async () => {
  client.close();
  await installation.stop();
  await cluster.release();
});

/** Types the one command under a heading that has these words in it, and another namespace where it says NAMESPACE. */
async function type(heading: string, words: string): Promise<void> {
  const [, after = ''] = page.split(`## ${heading}\n`);
  const [section = ''] = after.split(/^## /m);
  const shell = [...section.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));
  const table = [...section.matchAll(/\| `([^`]+)`/g)].map(([, command = '']) => command.replaceAll('\\|', '|'));
  const commands = [...shell, ...table].filter((command) => command.includes(words));
  expect(commands).toHaveLength(1);
  const { exitCode, stderr } = await checkout.type((commands[0] ?? '').replaceAll('NAMESPACE', user.namespace));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

/** What becomes of a new pod of a class, and who says no to it. */
async function create(runtimeClassName: string): Promise<string> {
  const name = `web-${++pods}`;
  const { exitCode, stderr } = await user.apply(pod(name, { runtimeClassName }));
  if (exitCode !== 0) return /admission webhook "\S+" denied/.test(stderr) ? 'denied' : stderr;
  const isAnnotated = 'shimgate.dev/source' in (await user.podAnnotations(name));
  const outcome = isAnnotated ? 'annotated' : 'untouched';
  return stderr.includes('Warning:') ? `${outcome}, with a warning` : outcome;
}

const become = (runtimeClassName: string, outcome: RegExp) =>
  eventually(async () => {
    expect(await create(runtimeClassName)).toEqual(expect.stringMatching(outcome));
  });

describe('what docs/operations.md says to type', () => {
  test('when shimgate blocks a cluster, takes its say away, and gives it back', async () => {
    expect([await create('kata'), await create('lost')]).toEqual(['annotated', 'denied']);
    await type('Break glass', 'kubectl delete mutatingwebhookconfiguration');
    await become('lost', /^untouched$/);
    await type('Upgrade', 'helm upgrade');
    await become('kata', /^annotated$/);
    await become('lost', /^denied$/);
  });

  test('turns denials into warnings, and back', async () => {
    await type('Break glass', 'config.mode=warn');
    await become('lost', /, with a warning$/);
    await type('Install', 'config.mode=enforce');
    await become('lost', /^denied$/);
  });

  test('lets pods in while nobody answers, and shows who says no', async () => {
    await type('Break glass', 'grep apiserver_admission_webhook_rejection_count');
    await type('Break glass', 'webhooks.failurePolicy=Ignore');
    for (const replica of [...installation.pods]) await installation.stopPod(replica);
    await become('lost', /^untouched$/);
    await installation.startPods();
    await become('lost', /^denied$/);
  });

  test('leaves one namespace out', async () => {
    await type('Break glass', 'webhooks.excludedNamespaces');
    await become('lost', /^untouched$/);
    const args = ['--reset-then-reuse-values', '--set', 'webhooks.excludedNamespaces={kube-system}'];
    expectSilence(await installation.helm('upgrade', values, args));
    await become('lost', /^denied$/);
  });

  test('renews the certificate, and its CA', async () => {
    const before = await certificateData(client, installation);
    await type('Certificates', 'renew=certificate');
    const renewed = await eventually(async () => {
      const data = await certificateData(client, installation);
      expect(data['tls.crt']).not.toBe(before['tls.crt']);
      return data;
    });
    expect(renewed['ca.crt']).toBe(before['ca.crt']);
    await type('Certificates', 'renew=authority');
    await eventually(async () => {
      expect((await certificateData(client, installation))['ca.crt']).not.toBe(before['ca.crt']);
    });
    await become('kata', /^annotated$/);

    await type('Certificates', '/data/retired-cas.json');
    await eventually(async () => {
      const { 'ca.crt': authority = '' } = await certificateData(client, installation);
      const bundles = Object.values(await caBundles(cluster, installation));
      expect(new Set(bundles)).toEqual(new Set([Buffer.from(authority).toString('base64')]));
    });
    await become('kata', /^annotated$/);
    const [replica] = installation.pods;
    if (replica === undefined) throw new Error('There is no replica.');
    expect(await metric(replica, 'shimgate_admission_shed_total')).toBe(0);
  });

  test('has the webhook answer the API server alone: the certificates and files are as it says', async () => {
    const [, section = ''] = page.split('## Only the API server is answered\n');
    const [openssl = ''] = [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block);
    const made = await checkout.type(
      `set -e\n${openssl}openssl verify -CAfile webhook-client-ca.crt webhook-client.crt`,
    );
    expect(made.exitCode).toBe(0);
    expect(made.stdout).toContain('configmap/webhook-client-ca created');
    expect(made.stdout).toContain('webhook-client.crt: OK');
    const admin = new KubectlUser(cluster, 'shimgate');
    const { data } = await admin.stored<{ readonly data: object }>('configmap', 'webhook-client-ca');
    expect(Object.keys(data)).toEqual(['ca.crt']);
  });
});
