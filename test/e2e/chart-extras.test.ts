import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runtimeClass } from '../support/cluster/manifests.ts';
import { helmTemplate, only, render, type Rendered } from './chart/render.ts';
import { LeasedCluster } from './lease/leased-cluster.ts';
import { expectSilence, KubectlUser } from './scenarios/kubectl-user.ts';

jest.setTimeout(120_000);

type Loose = { readonly [key: string]: Loose } & readonly Loose[];

const partsOf = (objects: readonly Rendered[]) => {
  const deployment = only(objects, 'Deployment').spec as unknown as Loose;
  const pod = deployment['template']?.['spec'];
  return { deployment, pod, container: pod?.['containers']?.[0] };
};

const env = [{ name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' }];
const volumes = [{ name: 'more', emptyDir: {} }];
const mounts = [{ name: 'more', mountPath: '/more' }];
const more = { name: 'more', image: 'more:1' };
const first = { name: 'first', image: 'more:1' };
const probe = { periodSeconds: 7, failureThreshold: 9 };
const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }];
const ofSecret = [{ secretRef: { name: 'more' } }];
const lifecycle = { preStop: { sleep: { seconds: 5 } } };
const dnsConfig = { nameservers: ['10.0.0.10'], options: [{ name: 'ndots', value: '1' }] };
const tolerations = [{ key: 'dedicated', operator: 'Exists' }];

/** What a value puts where. */
const rows: readonly (readonly [string, object, 'deployment' | 'pod' | 'container', object])[] = [
  ['extraEnv', { extraEnv: env }, 'container', { env }],
  ['envFrom', { envFrom: ofSecret }, 'container', { envFrom: ofSecret }],
  ['extraVolumes', { extraVolumes: volumes }, 'pod', { volumes }],
  ['extraVolumeMounts', { extraVolumeMounts: mounts, extraVolumes: volumes }, 'container', { volumeMounts: mounts }],
  ['extraContainers', { extraContainers: [more] }, 'pod', { containers: [{ name: 'shimgate' }, more] }],
  ['initContainers', { initContainers: [first] }, 'pod', { initContainers: [first] }],
  ['lifecycle', { lifecycle }, 'container', { lifecycle }],
  [
    'livenessProbe',
    { livenessProbe: probe },
    'container',
    { livenessProbe: { ...probe, httpGet: { path: '/livez' } } },
  ],
  [
    'readinessProbe',
    { readinessProbe: probe },
    'container',
    { readinessProbe: { ...probe, httpGet: { path: '/readyz' } } },
  ],
  ['startupProbe', { startupProbe: probe }, 'container', { startupProbe: { ...probe, httpGet: { path: '/livez' } } }],
  ['resizePolicy', { resizePolicy }, 'container', { resizePolicy }],
  ['dnsConfig', { dnsConfig, dnsPolicy: 'None' }, 'pod', { dnsConfig, dnsPolicy: 'None' }],
  ['priorityClassName', { priorityClassName: 'high' }, 'pod', { priorityClassName: 'high' }],
  ['tolerations', { tolerations }, 'pod', { tolerations }],
  ['revisionHistoryLimit', { revisionHistoryLimit: 2 }, 'deployment', { revisionHistoryLimit: 2 }],
  ['strategy', { strategy: { type: 'Recreate' } }, 'deployment', { strategy: { type: 'Recreate' } }],
];

test.each(rows)('%s is where a pod has it', async (_, values, part, expected) => {
  expect(partsOf(await render(values))[part]).toMatchObject(expected);
});

describe('objects besides the pods', () => {
  test.each<[string, object, string, object]>([
    [
      'ipFamilyPolicy',
      { service: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] } },
      'Service',
      {
        ipFamilyPolicy: 'PreferDualStack',
        ipFamilies: ['IPv6', 'IPv4'],
      },
    ],
    ['minAvailable', { podDisruptionBudget: { minAvailable: '50%' } }, 'PodDisruptionBudget', { minAvailable: '50%' }],
  ])('have %s', async (_, values, kind, expected) => {
    const spec = only(await render(values), kind).spec as unknown as Loose;
    expect(spec).toMatchObject(expected);
    expect(spec).not.toHaveProperty('maxUnavailable');
  });

  test('have annotations by their kind, before the common ones and behind their own', async () => {
    const objects = await render({
      objectAnnotations: { Deployment: { a: 'kind' }, Service: { a: 'kind', b: 'kind' } },
      commonAnnotations: { a: 'common', c: 'common' },
      service: { annotations: { b: 'own' } },
    });
    const annotationsOf = (kind: string) => (only(objects, kind).metadata as unknown as Loose)['annotations'];
    expect(annotationsOf('Deployment')).toEqual({ a: 'kind', c: 'common' });
    expect(annotationsOf('Service')).toEqual({ a: 'kind', b: 'own', c: 'common' });
    expect(annotationsOf('ConfigMap')).toEqual({ a: 'common', c: 'common' });
  });
});

test("the agents' namespace lets them in, and has the labels that are given besides, or in place of those", async () => {
  const level = 'pod-security.kubernetes.io';
  const labelsWith = async (namespaceLabels: object) =>
    only(await render({ nodes: { enabled: true, namespaceLabels } }), 'Namespace').metadata.labels;
  const modes = Object.fromEntries(['audit', 'enforce', 'warn'].map((mode) => [`${level}/${mode}`, 'privileged']));
  expect(await labelsWith({})).toMatchObject(modes);
  const given = { team: 'platform', [`${level}/enforce-version`]: 'v1.37', [`${level}/audit`]: 'restricted' };
  expect(await labelsWith(given)).toMatchObject({ ...modes, ...given });
});

describe('on a real API server', () => {
  let cluster: LeasedCluster;
  let user: KubectlUser;

  beforeAll(async () => {
    cluster = await LeasedCluster.lease();
    // What OpenShift's restricted-v2 asks for, and Pod Security's restricted, of which that one is a stricter form.
    user = await KubectlUser.inNewNamespace(cluster, 'shimgate', {
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });

  afterAll(() => cluster.release());

  const everything = Object.assign({}, ...rows.map(([, values]) => values)) as object;

  test('all of it is taken together', async () => {
    const { stdout } = await helmTemplate({ ...everything, extraObjects: [runtimeClass('kata', 'kata')] });
    const { exitCode, stderr } = await user.run(['apply', '--dry-run=server', '--filename=-'], { input: stdout });
    // The containers that a user adds are not as strict as the chart's own.
    expect(exitCode).toBe(0);
    expect(stderr.replaceAll(/^Warning: would violate PodSecurity .*\n/gm, '')).toBe('');
  });

  test('Pod Security lets the pods in that the chart makes by default, also where the API server chooses the user', async () => {
    const { pod } = partsOf(await render({}));
    const own = pod as { readonly securityContext?: object } | undefined;
    for (const given of [{}, { runAsUser: 1_000_650_000, fsGroup: 1_000_650_000 }]) {
      const spec = { ...own, serviceAccountName: 'default', securityContext: { ...own?.securityContext, ...given } };
      const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shimgate' }, spec };
      const args = ['create', '--dry-run=server', '--filename=-'];
      expectSilence(await user.run(args, { input: JSON.stringify(manifest) }));
    }
  });

  test('an object more is installed, as a map or as a text', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: as-text}\ndata: {template: "{{ .Values.mode }}"}';
    const asMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'as-map' } };
    const { stdout } = await helmTemplate({ extraObjects: [asMap, text] });
    const applied = await user.run(['apply', '--dry-run=server', '--output=name', '--filename=-'], { input: stdout });
    expect(applied.stdout).toContain('configmap/as-map\nconfigmap/as-text\n');
    expect(stdout).toContain('{{ .Values.mode }}');
  });
});
