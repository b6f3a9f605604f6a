import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { helmTemplate, render } from './chart/render.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence } from './scenarios/kubectl-user.ts';

const schemas = join(import.meta.dirname, '..', 'fixtures', 'cert-manager');

const own = { certificate: { mode: 'certManager' } };
const theirs = {
  certificate: {
    mode: 'certManager',
    secretName: 'tls',
    issuerRef: { kind: 'ClusterIssuer', name: 'company' },
    duration: '24h30m',
  },
  webhooks: { annotations: { note: 'yes' } },
};

let cluster: LeasedCluster;

beforeAll(async () => {
  cluster = await LeasedCluster.lease();
  for (const kind of ['certificates', 'issuers']) {
    const file = join(schemas, `cert-manager.io_${kind}.yaml`);
    expectSilence(await cluster.kubectl(['create', `--filename=${file}`]));
    const name = `customresourcedefinition/${kind}.cert-manager.io`;
    // At first there is no condition yet, which kubectl takes for an error.
    await eventually(async () => {
      expectSilence(await cluster.kubectl(['wait', '--for=condition=Established', name, '--timeout=30s']));
    });
  }
  expectSilence(await cluster.kubectl(['create', 'namespace', 'shimgate']));
}, 15 * 60_000);

afterAll(async () => {
  await cluster.release();
});

function dryRun(input: string) {
  return cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', '--filename=-'], { input });
}

describe("what the chart renders for cert-manager is judged by cert-manager's own schemas", () => {
  test.each([
    [
      'an issuer of its own',
      own,
      ['certificate/shimgate', 'certificate/shimgate-ca', 'issuer/shimgate', 'issuer/shimgate-selfsigned'],
    ],
    ['an issuer that there is', theirs, ['certificate/shimgate']],
  ])('and taken, with %s', async (_, values, expected) => {
    const result = await dryRun((await helmTemplate(values)).stdout);
    expectSilence(result);
    const taken = [...result.stdout.matchAll(/^(certificate|issuer)\.cert-manager\.io\/(\S+) created/gm)];
    expect(taken.map(([, kind = '', name = '']) => `${kind}/${name}`).sort()).toEqual(expected);
  });

  test.each([
    ['a usage that there is not', 'server auth', 'server authentication', 'Unsupported value: "server authentication"'],
    ['a field that there is not', 'dnsNames:', 'names:', 'unknown field "spec.names"'],
    ['a duration that is none', 'duration: 2160h', 'duration: [ninety]', 'Invalid value: "array"'],
  ])('and would be refused with %s', async (_, right, wrong, said) => {
    const { stdout } = await helmTemplate(own);
    expect(stdout).toContain(right);
    const { exitCode, stderr } = await dryRun(stdout.replaceAll(right, wrong));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(said);
  });
});

test.each([
  ['its own annotations besides', theirs, { note: 'yes', 'cert-manager.io/inject-ca-from': 'shimgate/shimgate' }],
  ['none besides', own, { 'cert-manager.io/inject-ca-from': 'shimgate/shimgate' }],
  ['none at all, where cert-manager has no part', {}, undefined],
])('the webhook configurations ask cert-manager for their CA: %s', async (_, values, annotations) => {
  const configurations = (await render(values)).filter(({ kind }) => kind.endsWith('WebhookConfiguration'));
  expect(configurations).toHaveLength(2);
  for (const { metadata, webhooks = [] } of configurations) {
    expect((metadata as { readonly annotations?: unknown }).annotations).toEqual(annotations);
    for (const { clientConfig } of webhooks) expect(clientConfig.caBundle).toBeUndefined();
  }
});

test('the pods serve what is in the Secret of the Certificate, and may neither read nor write Secrets', async () => {
  const objects = await render(theirs);
  const rules = JSON.stringify(objects.filter(({ kind }) => kind.endsWith('Role')));
  expect(rules).not.toMatch(/secrets|webhookconfigurations/);
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  expect(deployment?.spec?.template.spec.volumes).toEqual([{ name: 'certificate', secret: { secretName: 'tls' } }]);
});
