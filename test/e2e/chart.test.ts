import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { helmTemplate, only, render, type RenderedWebhook } from './chart/render.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';

const deploy = join(import.meta.dirname, '..', '..', 'deploy');
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const unprivileged = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/** Each value other than by default, but for the host's network, which the namespace of this file does not let in. */
const everything = {
  config: {
    mode: 'enforce',
    runtimes: { kata: { runtimeType: 'io.containerd.kata.v2', options: { ConfigPath: '/etc/kata.toml' } } },
    namespaceRules: [
      { namespaces: ['tenant-*', '[a-c]?', '\\*', 'a\\d', '[z-a]', 'ü', '"'], defaultRuntimeClassName: 'kata' },
      { selector: { matchLabels: { a: 'b' } }, defaultRuntimeClassName: 'kata' },
      { namespaces: [], defaultRuntimeClassName: 'kata' },
    ],
  },
  autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 9, targetCPUUtilizationPercentage: 50 },
  clients: { caConfigMap: 'client-ca', allowedNames: ['kube-apiserver', 'with "quotes": # too'] },
  image: { registry: 'registry.example', digest: `sha256:${'0'.repeat(64)}`, pullPolicy: 'Always' },
  imagePullSecrets: [{ name: 'pull' }],
  global: { imageRegistry: 'mirror.example/proxy', imagePullSecrets: ['all'] },
  commonLabels: { team: 'platform' },
  commonAnnotations: { owner: 'platform' },
  webhookPort: 10250,
  metricsPort: 10251,
  dnsPolicy: 'None',
  dnsConfig: { nameservers: ['10.0.0.10'], searches: ['svc.cluster.local'], options: [{ name: 'ndots', value: '2' }] },
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  revisionHistoryLimit: 3,
  extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ssl/ca.crt' }],
  envFrom: [{ configMapRef: { name: 'proxy' } }],
  extraVolumes: [{ name: 'tmp', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  extraContainers: [{ name: 'beside', image: 'registry.example/beside:1', securityContext: unprivileged }],
  initContainers: [{ name: 'before', image: 'registry.example/before:1', securityContext: unprivileged }],
  extraObjects: [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'more' } },
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: text\n',
  ],
  lifecycle: { preStop: { sleep: { seconds: 1 } } },
  livenessProbe: { periodSeconds: 20 },
  readinessProbe: { failureThreshold: 3 },
  startupProbe: { failureThreshold: 30, periodSeconds: 1 },
  networkPolicy: {
    enabled: true,
    apiServerCidrs: ['10.0.0.0/28', 'fd00::/64'],
    apiServerPorts: [6443],
    metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    extraIngress: [{ from: [{ podSelector: {} }] }],
    extraEgress: [{ to: [{ podSelector: {} }] }],
  },
  logLevel: 'debug',
  extraArgs: ['--authority-lifetime=8760h'],
  webhooks: {
    failurePolicy: 'Ignore',
    excludedNamespaces: ['kube-system', 'cni'],
    namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
    objectSelector: { matchLabels: { a: 'b' } },
    annotations: { note: 'yes' },
    labels: { note: 'yes' },
    timeoutSeconds: { pods: 5, runtimeClasses: 30, templates: 1 },
    matchConditions: {
      pods: [{ name: 'not-by-me', expression: 'request.userInfo.username != "me"' }],
      runtimeClasses: [{ name: 'a', expression: 'true' }],
      templates: [{ name: 'a', expression: 'true' }],
    },
    url: 'https://gate.example:8443/shimgate/',
  },
  certificate: { mode: 'existingSecret', secretName: 'tls', caBundle: pem },
  service: {
    type: 'NodePort',
    port: 8443,
    metricsPort: 9090,
    annotations: { note: 'yes' },
    ipFamilyPolicy: 'SingleStack',
    ipFamilies: ['IPv4'],
  },
  serviceAccount: { name: 'gatekeeper', annotations: { note: 'yes' } },
  settleSeconds: 30,
  idleSeconds: 0,
  terminationGracePeriodSeconds: 60,
  podDisruptionBudget: { minAvailable: 1 },
  priorityClassName: 'system-cluster-critical',
  nodeSelector: { a: 'b', 'kubernetes.io/os': null },
  tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { podAntiAffinity: {} },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { a: 'b' } } },
  ],
  podAnnotations: { note: 'yes' },
  podLabels: { note: 'yes' },
};

describe('the real API server', () => {
  let cluster: LeasedCluster;
  let admin: KubectlUser;

  beforeAll(async () => {
    cluster = await LeasedCluster.lease();
    admin = new KubectlUser(cluster, 'shimgate');
    // By kubectl apply, as what is applied to it later.
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    expectSilence(await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shimgate', labels } }));
    await eventually(async () => {
      expectSilence(await admin.run(['get', 'serviceaccount', 'default']));
    });
  }, 60_000);

  afterAll(async () => {
    await cluster.release();
  });

  /** Applied as far as it goes without being stored: schema, defaults, validation and admission. */
  const dryRun = (source: readonly string[], input = '') =>
    admin.run(['apply', '--dry-run=server', '--validate=strict', ...source], { input });

  test.each<[string, object, number]>([
    ['its own values', {}, 11],
    ['each value other than by default', everything, 15],
    ['nothing that can be left out', withoutExtras(), 5],
  ])('takes everything that the chart renders with %s, and warns of nothing', async (_, values, count) => {
    const { stdout } = await helmTemplate(values);
    const result = await dryRun(['--filename=-'], stdout);
    expectSilence(result);
    expect(result.stdout.trim().split('\n')).toHaveLength(count);
  });

  test.each([
    ['deploy/manifests.yaml', [`--filename=${join(deploy, 'manifests.yaml')}`]],
    ['deploy/kustomization.yaml', [`--kustomize=${deploy}`]],
    ['overlays/namespace-rules', [`--kustomize=${join(deploy, '..', 'overlays', 'namespace-rules')}`]],
  ])('takes %s, and warns of nothing', async (_, source) => {
    expectSilence(await dryRun(source));
  });

  test.each(readdirSync(join(deploy, 'samples'), { withFileTypes: true }).filter((entry) => entry.isDirectory()))(
    'takes the classes and the pod of the sample $name',
    async ({ name }) => {
      const classes = join(deploy, 'samples', name, 'runtimeclasses.yaml');
      expectSilence(await admin.run(['apply', `--filename=${classes}`, '--validate=strict']));
      const pod = readFileSync(join(deploy, 'samples', name, 'pod.yaml'), 'utf8');
      // The API server's own plugin hears of a class by watch.
      await eventually(async () => {
        const created = await cluster.kubectl(
          ['create', '--namespace=default', '--dry-run=server', '--validate=strict', '--filename=-'],
          { input: pod },
        );
        expectSilence(created);
      });
    },
  );

  describe('in a namespace with the Pod Security profile restricted', () => {
    const dryRunPod = async (values: object) => {
      const objects = await render(values);
      const { metadata, spec } = (only(objects, 'Deployment').spec?.template ?? {}) as Readonly<Record<string, object>>;
      const account = only(objects, 'ServiceAccount');
      await admin.run(['apply', '--filename=-'], { input: JSON.stringify(account) });
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'pod' }, spec };
      return admin.run(['create', '--dry-run=server', '--filename=-'], { input: JSON.stringify(pod) });
    };

    test.each([
      ['by default', {}],
      ['with a Secret that exists', { certificate: everything.certificate }],
    ])('takes the pods of the Deployment %s', async (_, values) => {
      expectSilence(await dryRunPod(values));
    });

    test.each([
      ['in the network of the host', { hostNetwork: true }, 'host namespaces (hostNetwork=true)'],
      ['as root', { podSecurityContext: { runAsNonRoot: false } }, 'runAsNonRoot != true'],
      ['with capabilities', { securityContext: { capabilities: { drop: [] } } }, 'unrestricted capabilities'],
    ])('takes none that run %s', async (_, values, said) => {
      const { exitCode, stderr } = await dryRunPod(values);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(said);
    });
  });

  test('keeps the CA that shimgate wrote when deploy/manifests.yaml is applied again', async () => {
    const apply = async () => admin.run(['apply', `--filename=${join(deploy, 'manifests.yaml')}`]);
    await apply();
    const kind = 'validatingwebhookconfiguration';
    const bundles = async () => {
      const { webhooks } = await admin.stored<{ readonly webhooks: readonly RenderedWebhook[] }>(kind, 'shimgate');
      return webhooks.map(({ name, clientConfig }) => ({ name, clientConfig: { caBundle: clientConfig.caBundle } }));
    };
    const caBundle = Buffer.from(pem).toString('base64');
    const written = (await bundles()).map(({ name }) => ({ name, clientConfig: { caBundle } }));
    const patch = JSON.stringify({ webhooks: written });
    expectSilence(await admin.run(['patch', kind, 'shimgate', `--patch=${patch}`]));
    expectSilence(await apply());
    expect(await bundles()).toEqual(written);
  });
});

function withoutExtras(): object {
  return {
    rbac: { create: false },
    serviceAccount: { create: false },
    podDisruptionBudget: { enabled: false },
    topologySpreadConstraints: [],
    webhooks: { excludedNamespaces: [] },
  };
}
