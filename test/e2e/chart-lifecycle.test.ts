import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeAuthority, makeServingCertificate } from '../../src/certificates/make-certificate.ts';
import type { RenderedWebhook } from './chart/render.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { chart, Installation } from '../support/installation/installation.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';
import { pod, runtimeClass, workload } from '../support/cluster/manifests.ts';

const kinds = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'] as const;
const kata = { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } };
const withDefault = { ...kata, namespaceRules: [{ namespaces: ['tenant-*'], defaultRuntimeClassName: 'kata' }] };

describe('a release', () => {
  let cluster: LeasedCluster;
  let installation: Installation | undefined;
  let user: KubectlUser;
  let own: KubectlUser;

  beforeAll(async () => {
    cluster = await LeasedCluster.lease();
    user = await KubectlUser.inNewNamespace(cluster, 'user');
    own = await KubectlUser.inNewNamespace(cluster, 'shimgate');
    expectSilence(await user.apply(runtimeClass('kata', 'kata')));
  }, 60_000);

  afterAll(async () => {
    await installation?.stop();
    await cluster.release();
  });

  /** CA of each webhook, by kind and name. */
  async function bundles(): Promise<Readonly<Record<string, string | undefined>>> {
    const found: Record<string, string | undefined> = {};
    for (const kind of kinds) {
      const { webhooks } = await own.stored<{ readonly webhooks: readonly RenderedWebhook[] }>(kind, 'shimgate');
      for (const { name, clientConfig } of webhooks) found[`${kind}/${name}`] = clientConfig.caBundle;
    }
    return found;
  }

  const helm = (...args: readonly string[]) => cluster.helm([...args, '--namespace=shimgate']);
  const createPod = (by: KubectlUser, name: string, runtimeClassName?: string) =>
    by.run(['create', '--filename=-'], {
      input: JSON.stringify(pod(name, runtimeClassName === undefined ? {} : { runtimeClassName })),
    });

  test('whose pods do not run yet stops pods with a class, and nothing else', async () => {
    expectSilence(await helm('install', 'shimgate', chart));
    const system = new KubectlUser(cluster, 'kube-system');
    expectSilence(await createPod(user, 'plain'));
    expectSilence(await createPod(own, 'own', 'kata'));
    expectSilence(await createPod(system, 'system', 'kata'));
    expectSilence(await user.apply(workload('Deployment', 'web', { runtimeClassName: 'kata' }, { replicas: 0 })));
    const { exitCode, stderr } = await createPod(user, 'sandboxed', 'kata');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('failed calling webhook "pods.shimgate.dev"');
    expectSilence(await helm('uninstall', 'shimgate'));
    expectSilence(await createPod(user, 'sandboxed', 'kata'));
  });

  test('gets its CA into every webhook, also into one that an upgrade adds', async () => {
    installation = await Installation.install(cluster, { values: { config: kata, replicas: 1 } });
    const authorities = new Set(Object.values(await bundles()));
    expect(authorities.size).toBe(1);
    expect(Buffer.from([...authorities][0] ?? '', 'base64').toString()).toContain('BEGIN CERTIFICATE');

    expectSilence(await installation.helm('upgrade', { config: withDefault }, ['--reset-then-reuse-values']));
    await eventually(async () => {
      const all = await bundles();
      expect(Object.keys(all)).toContain(`${kinds[0]}/default-class-0.pods.shimgate.dev`);
      expect(new Set(Object.values(all))).toEqual(authorities);
    });
    const tenant = await KubectlUser.inNewNamespace(cluster, 'tenant-1');
    expectSilence(await createPod(tenant, 'plain'));
    const stored = await tenant.stored<{ readonly spec: { readonly runtimeClassName?: string } }>('pod', 'plain');
    expect(stored.spec.runtimeClassName).toBe('kata');
  }, 60_000);

  test.each([
    ['helm upgrade', ['upgrade', 'shimgate', chart, '--reuse-values', '--set=config.mode=enforce']],
    [
      'the form of helm upgrade that older releases had',
      ['upgrade', 'shimgate', chart, '--reuse-values', '--server-side=false'],
    ],
    ['helm rollback', ['rollback', 'shimgate']],
    ['helm upgrade by force', ['upgrade', 'shimgate', chart, '--reuse-values', '--force-conflicts']],
  ])(
    'keeps its CA over %s, with nobody there to write it again',
    async (_, args) => {
      const before = await bundles();
      for (const running of [...(installation?.pods ?? [])]) await installation?.stopPod(running);
      expectSilence(await helm(...args));
      expect(await bundles()).toEqual(before);
      await installation?.startPods();
    },
    60_000,
  );

  test('loses with a rule the webhook that was there for it', async () => {
    expectSilence(await helm('upgrade', 'shimgate', chart, '--reset-values', '--set=replicas=1'));
    expect(Object.keys(await bundles())).toEqual(
      [
        ...['pods', 'runtimeclasses'].map((name) => `${kinds[0]}/${name}`),
        ...[
          'pods',
          'status.pods',
          'bindings',
          'runtimeclasses',
          'templates',
          'cronjobs',
          'podtemplates',
          'deletion.runtimeclasses',
        ].map((name) => `${kinds[1]}/${name}`),
      ].map((name) => `${name}.shimgate.dev`),
    );
    expect(new Set(Object.values(await bundles())).size).toBe(1);
  });

  test('leaves nothing behind but the Secret of its certificate, which the next one goes on with', async () => {
    const before = await bundles();
    await installation?.stop();
    expectSilence(await helm('uninstall', 'shimgate'));
    const everywhere = [...kinds, 'clusterrole', 'clusterrolebinding'].join();
    const inNamespace = 'deployment,service,serviceaccount,role,rolebinding,configmap,poddisruptionbudget';
    const selector = '--selector=app.kubernetes.io/instance=shimgate';
    expect((await own.run(['get', `${everywhere},${inNamespace}`, selector, '--output=name'])).stdout).toBe('');
    expect((await own.run(['get', 'secret', '--output=name'])).stdout).toBe('secret/shimgate-certificate\n');
    expectSilence(await createPod(user, 'after', 'kata'));

    installation = await Installation.install(cluster, { values: { replicas: 1 } });
    expect(await bundles()).toEqual(before);
  }, 60_000);

  test('works with a certificate from a Secret that exists', async () => {
    await installation?.stop();
    expectSilence(await helm('uninstall', 'shimgate'));
    const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
    const authority = await makeAuthority('test', validity);
    const { cert, key } = await makeServingCertificate(authority, ['shimgate.shimgate.svc'], validity);
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'given' } };
    const manifest = { ...secret, stringData: { 'tls.crt': cert, 'tls.key': key } };
    expectSilence(await own.apply(manifest));

    const certificate = { mode: 'existingSecret', secretName: 'given', caBundle: authority.cert };
    installation = await Installation.install(cluster, { values: { config: kata, replicas: 1, certificate } });
    expectSilence(await createPod(user, 'given', 'kata'));
    expect(await user.podAnnotations('given')).toMatchObject({ 'shimgate.dev/source': 'configured' });
    for (const right of ['create secrets', 'list secrets/given', `patch ${kinds[0]}s/shimgate`]) {
      const can = await own.run(['auth', 'can-i', ...right.split(' '), '--as=system:serviceaccount:shimgate:shimgate']);
      expect(can.stdout).toBe('no\n');
    }
  }, 60_000);
});
