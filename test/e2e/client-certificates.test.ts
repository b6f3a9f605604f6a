import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeAuthority, type KeyPair } from '../../src/certificates/make-certificate.ts';
import { makeClientCertificate } from '../support/certificates/client-certificate.ts';
import { validFor } from '../support/certificates/serving-certificate.ts';
import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { startControlPlane } from '../support/cluster/start-control-plane.ts';
import { Installation } from '../support/installation/installation.ts';
import { DirectQuestions } from '../support/installation/direct-question.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass } from '../support/cluster/manifests.ts';

const values = {
  replicas: 1,
  config: { mode: 'enforce', runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } },
  clients: { caConfigMap: 'webhook-client-ca', allowedNames: ['kube-apiserver-webhooks'] },
};

const authority = await makeAuthority('webhook clients', validFor(24));

let directory: string;
let cluster: ControlPlane;
let installation: Installation;
let user: KubectlUser;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'shimgate-client-certificates-'));
  const file = await writeAdmissionConfiguration(directory);
  cluster = await startControlPlane({ extraFlags: { 'kube-apiserver': [`--admission-control-config-file=${file}`] } });
  const admin = await KubectlUser.inNewNamespace(cluster, 'shimgate');
  const data = { 'ca.crt': authority.cert };
  expectSilence(
    await admin.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'webhook-client-ca' }, data } as never),
  );
  installation = await Installation.install(cluster, { values });
  user = await KubectlUser.inNewNamespace(cluster, 'people');
  expectSilence(await user.apply(runtimeClass('kata', 'kata')));
}, 15 * 60_000);

afterAll(async () => {
  await installation.stop();
  await cluster.stop();
  await rm(directory, { recursive: true });
});

/**
 * The files of docs/operations.md, "Only the API server is answered".
 *
 * Source: kubernetes.io, "Dynamic Admission Control", "Authenticate API servers".
 */
async function writeAdmissionConfiguration(where: string): Promise<string> {
  const { cert, key } = await makeClientCertificate(authority, validFor(1), 'CN=kube-apiserver-webhooks');
  await writeFile(path.join(where, 'webhook-client.crt'), cert);
  await writeFile(path.join(where, 'webhook-client.key'), key, { mode: 0o600 });
  const kubeConfigFile = path.join(where, 'webhooks.kubeconfig');
  const client = {
    'client-certificate': path.join(where, 'webhook-client.crt'),
    'client-key': path.join(where, 'webhook-client.key'),
  };
  const users = [{ name: 'shimgate.shimgate.svc', user: client }];
  await writeFile(kubeConfigFile, JSON.stringify({ apiVersion: 'v1', kind: 'Config', users }));
  const plugin = (name: string) => ({
    name,
    configuration: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', kubeConfigFile },
  });
  const configuration = path.join(where, 'admission.yaml');
  const plugins = [plugin('MutatingAdmissionWebhook'), plugin('ValidatingAdmissionWebhook')];
  await writeFile(
    configuration,
    JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins }),
  );
  return configuration;
}

describe('a webhook that answers only the API server', () => {
  test('is called by both of its webhooks, since the API server shows the certificate that it was given', async () => {
    expectSilence(await user.apply(pod('web', { runtimeClassName: 'kata' })));
    expect(await user.podAnnotations('web')).toMatchObject({ 'shimgate.dev/runtime-type': 'io.containerd.kata.v2' });
    const spoofed = await user.run(['annotate', 'pod', 'web', 'shimgate.dev/source=me', '--overwrite']);
    expect(spoofed.stderr).toContain('[ManagedAnnotationRestored]');
  });

  const make = (subject: string, by: KeyPair = authority) => makeClientCertificate(by, validFor(1), subject);

  test.each<[string, () => Promise<KeyPair | undefined>, RegExp | undefined]>([
    ['the name that is allowed', () => make('CN=kube-apiserver-webhooks'), undefined],
    ['another name', () => make('CN=system:node:worker'), /answered 403/],
    [
      'the name, by another CA',
      async () => make('CN=kube-apiserver-webhooks', await makeAuthority('webhook clients', validFor(1))),
      /alert|reset|EPIPE|hang up/,
    ],
    ['no certificate', () => Promise.resolve(undefined), /alert|reset|EPIPE|hang up/],
  ])('asked by a client with %s', async (_, identity, refusal) => {
    const [replica] = installation.pods;
    if (replica === undefined) throw new Error('There is no replica.');
    const questions = await DirectQuestions.open(cluster, installation, await identity());
    const asked = questions.ask(replica, '/mutate', 'people', pod('web', { runtimeClassName: 'kata' }));
    if (refusal === undefined) expect((await asked).allowed).toBe(true);
    else await expect(asked).rejects.toThrow(refusal);
  });
});
