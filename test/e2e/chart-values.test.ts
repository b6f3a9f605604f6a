import { describe, expect, test } from '@jest/globals';
import { helmTemplate, only, render, type Rendered } from './chart/render.ts';
import { renderedWebhooks } from './chart/rendered-webhooks.ts';

type Loose = { readonly [key: string]: Loose } & readonly Loose[];
type Pod = { readonly metadata: Loose; readonly spec: Loose };

const podOf = (objects: readonly Rendered[]) => only(objects, 'Deployment').spec?.template as unknown as Pod;
const specOf = (objects: readonly Rendered[], kind: string) => only(objects, kind).spec as unknown as Loose;

const everyObject = {
  autoscaling: { enabled: true },
  networkPolicy: { enabled: true },
  certificate: { mode: 'certManager' },
  nodes: { enabled: true },
  inProcess: { enabled: true },
  serviceMonitor: { enabled: true },
  podMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  grafanaDashboard: { enabled: true },
  audit: { enabled: true, pushgateway: 'http://pushgateway:9091' },
};

describe('common labels and annotations', () => {
  const common = {
    commonLabels: { team: 'platform', 'app.kubernetes.io/name': 'other' },
    commonAnnotations: { owner: 'platform' },
  };

  test.each([
    ['by default', {}],
    ['with everything that can be installed', everyObject],
    ['with annotations of their own', { service: { annotations: { owner: 'me' } }, podLabels: { team: 'mine' } }],
  ])('are on every object and on the pods %s, and nothing selects by them', async (_, values) => {
    const objects = await render({ ...common, ...values }, 'shimgate', []);
    for (const { kind, metadata } of objects) {
      const { labels, annotations } = metadata as unknown as Loose;
      const owner = kind === 'Service' && 'service' in values ? 'me' : 'platform';
      expect({ kind, labels, annotations }).toMatchObject({
        kind,
        labels: {
          team: 'platform',
          'app.kubernetes.io/name': expect.stringMatching(/^shimgate(-nodes|-test|-audit)?$/) as unknown,
        },
        annotations: { owner },
      });
    }
    expect(podOf(objects).metadata).toMatchObject({
      labels: { team: 'podLabels' in values ? 'mine' : 'platform', 'app.kubernetes.io/name': 'shimgate' },
      annotations: { owner: 'platform' },
    });
    for (const agents of objects.filter(({ kind }) => kind === 'DaemonSet')) {
      expect((agents.spec?.template as unknown as Pod).metadata).toMatchObject({
        labels: { team: 'platform', 'app.kubernetes.io/name': 'shimgate-nodes' },
        annotations: { owner: 'platform' },
      });
    }
    const selectors = JSON.stringify(objects).match(/"(?:matchLabels|selector)":\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBeGreaterThan(3);
    expect(selectors.filter((selector) => selector.includes('team'))).toEqual([]);
  });
});

describe('in the host network', () => {
  test('pods have its DNS, keep to different nodes, and may go before their successors come', async () => {
    const objects = await render({ hostNetwork: true, webhookPort: 10250, metricsPort: 10251 });
    const { spec } = podOf(objects);
    expect(spec).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
    expect(spec['affinity']).toMatchObject({
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchLabels: { 'app.kubernetes.io/instance': 'shimgate' } },
          },
        ],
      },
    });
    expect(specOf(objects, 'Deployment')['strategy']).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1, maxSurge: 1 },
    });
  });

  test('affinity, strategy and DNS of the values go first', async () => {
    const affinity = { podAntiAffinity: {}, nodeAffinity: {} };
    const objects = await render({
      hostNetwork: true,
      affinity,
      strategy: { type: 'Recreate' },
      dnsPolicy: 'Default',
    });
    expect(podOf(objects).spec).toMatchObject({ affinity, dnsPolicy: 'Default' });
    expect(specOf(objects, 'Deployment')['strategy']).toEqual({ type: 'Recreate' });
  });
});

test('ports are the same in arguments, container and NetworkPolicy, and the Service goes by their names', async () => {
  const objects = await render({
    webhookPort: 10250,
    metricsPort: 9090,
    networkPolicy: { enabled: true, metricsFrom: [{}] },
  });
  const container = podOf(objects).spec['containers']?.[0];
  expect(container?.['args']).toEqual(expect.arrayContaining(['--secure-port=10250', '--metrics-bind-address=:9090']));
  expect(container?.['ports']).toMatchObject([
    { name: 'https', containerPort: 10250 },
    { name: 'metrics', containerPort: 9090 },
  ]);
  expect(specOf(objects, 'NetworkPolicy')['ingress']).toMatchObject([
    { ports: [{ port: 10250 }] },
    { ports: [{ port: 9090 }] },
  ]);
  expect(specOf(objects, 'Service')['ports']).toMatchObject([{ targetPort: 'https' }, { targetPort: 'metrics' }]);
});

describe('a NetworkPolicy', () => {
  const policyWith = async (networkPolicy: object) =>
    specOf(await render({ networkPolicy: { enabled: true, ...networkPolicy } }), 'NetworkPolicy');

  test('is made by choice', async () => {
    expect((await render({})).map(({ kind }) => kind)).not.toContain('NetworkPolicy');
  });

  test('lets in and out what it names, and nobody to the metrics by default', async () => {
    expect(await policyWith({})).toMatchObject({
      ingress: [{ ports: [{ port: 8443 }] }],
      egress: [{ ports: [{ port: 443 }, { port: 6443 }] }, { ports: [{ port: 53 }, { port: 53 }] }],
    });
    const from = [{ ipBlock: { cidr: '10.0.0.0/28' } }];
    const policy = await policyWith({ apiServerCidrs: ['10.0.0.0/28'] });
    expect([policy['ingress']?.[0]?.['from'], policy['egress']?.[0]?.['to']]).toEqual([from, from]);
  });
});

describe('the entries of the webhooks', () => {
  test('take timeouts and conditions by what they are about, and an address in place of the Service', async () => {
    const condition = (name: string) => ({ name, expression: 'true' });
    const { mutating, validating } = renderedWebhooks(
      await render({
        config: { namespaceRules: [{ defaultRuntimeClassName: 'kata', allowedRuntimeClassNames: ['kata'] }] },
        certificate: { mode: 'existingSecret', secretName: 'tls' },
        webhooks: {
          url: 'https://gate.example:8443/',
          timeoutSeconds: { pods: 5, runtimeClasses: 6, templates: 1 },
          matchConditions: { pods: [condition('p')], runtimeClasses: [condition('c')], templates: [condition('t')] },
        },
      }),
    );
    const told = [...mutating, ...validating].map(({ name, timeoutSeconds, matchConditions = [], clientConfig }) => {
      const own = matchConditions.filter(({ expression }) => expression === 'true').map((one) => one.name);
      return [name.replace('.shimgate.dev', ''), timeoutSeconds, own.join(), (clientConfig as { url?: string }).url];
    });
    const [mutate, validate] = ['https://gate.example:8443/mutate', 'https://gate.example:8443/validate'];
    expect(told).toEqual([
      ['default-class-0.pods', 5, 'p', mutate],
      ['pods', 5, 'p', mutate],
      ['runtimeclasses', 6, 'c', mutate],
      ['pods', 5, 'p', validate],
      ['status.pods', 5, 'p', validate],
      ['bindings', 5, '', validate],
      ['runtimeclasses', 6, 'c', validate],
      ['templates', 1, 't', validate],
      ['cronjobs', 1, 't', validate],
      ['podtemplates', 1, 't', validate],
      ['deletion.runtimeclasses', 6, 'c', validate],
      ['class-required-0.pods', 5, 'p', validate],
      ['class-required-0.templates', 1, 't', validate],
      ['class-required-0.cronjobs', 1, 't', validate],
      ['class-required-0.podtemplates', 1, 't', validate],
    ]);
  });

  test("put the host of an address into cert-manager's certificate", async () => {
    const objects = await render({
      certificate: { mode: 'certManager' },
      webhooks: { url: 'https://gate.example:8443' },
    });
    const certificates = objects
      .filter(({ kind }) => kind === 'Certificate')
      .map(({ spec }) => spec as unknown as Loose);
    expect(certificates.at(-1)?.['dnsNames']).toContain('gate.example');
  });

  const conditions = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ name: `c${at}`, expression: 'true' }));
  test.each<[string, object, string]>([
    ['an address with a certificate for the Service', { webhooks: { url: 'https://gate.example' } }, 'webhooks.url: '],
    [
      'more conditions than the API server takes',
      { webhooks: { matchConditions: { pods: conditions(63) } } },
      'pods.shimgate.dev would have 65 conditions, and the API server takes 64',
    ],
    [
      'a condition of the name of another',
      { webhooks: { matchConditions: { pods: [{ name: 'new-or-annotations-changed', expression: 'true' }] } } },
      'has a condition named new-or-annotations-changed already',
    ],
  ])('are not rendered for %s', async (_, values, said) => {
    const { exitCode, stderr } = await helmTemplate(values);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(said)]);
  });
});

test('the image comes from the registry of all charts, which may have a path, with the pull secrets of both', async () => {
  const objects = await render({
    image: { registry: 'own.example' },
    imagePullSecrets: [{ name: 'own' }],
    global: { imageRegistry: 'harbor.example/proxy', imagePullSecrets: ['all', { name: 'more' }, 'own'] },
  });
  const { spec } = podOf(objects);
  expect(spec['containers']?.[0]?.['image']).toBe('harbor.example/proxy/shimgate/shimgate:0.1.0');
  expect(spec['imagePullSecrets']).toEqual([{ name: 'own' }, { name: 'all' }, { name: 'more' }]);
});

test('by default pods run on Linux nodes alone, and as the user of the image or of the namespace', async () => {
  const { spec } = podOf(await render({}));
  expect(spec['nodeSelector']).toEqual({ 'kubernetes.io/os': 'linux' });
  expect(JSON.stringify(spec)).not.toMatch(/runAsUser|runAsGroup|fsGroup/);
});

test.each([
  ['of a snap, since its revisions are mounts that come later', { distribution: 'microk8s' }, ['/snap/microk8s']],
  ['of a snap elsewhere', { hostPaths: ['/var/lib/snapd/snap/k8s', '/usr'] }, ['/var/lib/snapd/snap/k8s']],
  ['of nothing else', {}, []],
])('agents follow mounts below the directories %s', async (_, nodes, followed) => {
  const agents = only(await render({ nodes: { enabled: true, ...nodes } }), 'DaemonSet');
  const container = (agents.spec?.template as unknown as Pod).spec['containers']?.[0];
  const mounts = container?.['volumeMounts'] as unknown as readonly Loose[];
  expect(mounts.length).toBeGreaterThan(1);
  expect(mounts.map((mount) => mount['readOnly'])).toEqual(mounts.map(() => true));
  const following = mounts.filter((mount) => 'mountPropagation' in mount);
  expect(following.map(({ mountPath, mountPropagation }) => [mountPath, mountPropagation])).toEqual(
    followed.map((path) => [`/host${path}`, 'HostToContainer']),
  );
});
