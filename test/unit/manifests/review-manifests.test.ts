import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import { clusterStateFrom } from '../../../src/manifests/cluster-state.ts';
import { parseManifests } from '../../../src/manifests/read-manifests.ts';
import { reviewManifests } from '../../../src/manifests/review-manifests.ts';
import { World } from '../../../src/policy/world.ts';
import { messageOf, worded } from '../../../src/finding/wording.ts';

const { configuration } = readConfiguration(
  Buffer.from(`
apiVersion: config.shimgate.dev/v1alpha1
kind: ShimgateConfiguration
injectedAnnotations: [source]
runtimes: {kata-qemu: {runtimeType: io.containerd.kata-qemu.v2}}
`),
  'shimgate.yaml',
);
if (configuration === undefined) throw new Error('the configuration of the test is not valid');

const classes = `
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: kata}
handler: kata-qemu
`;

const cluster = clusterStateFrom(parseManifests(Buffer.from(classes), 'classes.yaml').objects);
const world = new World(cluster.state, configuration);

function review(text: string) {
  return reviewManifests(parseManifests(Buffer.from(text), 'manifest.yaml').objects, world, cluster.findPods);
}

/** What became of each object: its name, whether it is let in, and the codes of what was found. */
function outline(text: string) {
  return review(text).reviews.map(({ object, allowed, findings }) => ({
    object: [object.kind, object.namespace, object.name].join(' '),
    allowed,
    codes: findings.map(({ code }) => code),
  }));
}

describe('the review of a manifest', () => {
  test('says of a pod what the webhooks would, patch and all', () => {
    expect(review('apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {runtimeClassName: kata}\n')).toEqual({
      reviews: [
        {
          object: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web' },
          source: { file: 'manifest.yaml', line: 1 },
          allowed: true,
          findings: [],
          warnings: [],
          patch: [
            {
              op: 'add',
              path: '/metadata/annotations',
              value: { 'shimgate.dev/source': 'configured' },
            },
          ],
        },
      ],
      findings: [],
    });
  });

  test('denies a pod whose class is not there, and patches nothing', () => {
    const { reviews } = review(
      'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: tenant-a}\nspec: {runtimeClassName: kat}\n',
    );
    expect(reviews.map((one) => ({ ...one, findings: one.findings.map(worded) }))).toEqual([
      {
        object: { apiVersion: 'v1', kind: 'Pod', namespace: 'tenant-a', name: 'web' },
        source: { file: 'manifest.yaml', line: 1 },
        allowed: false,
        findings: [
          expect.objectContaining({
            code: 'RuntimeClassNotFound',
            severity: 'error',
            field: 'spec.runtimeClassName',
            message: 'Pod tenant-a/web -> RuntimeClass "kat": no such RuntimeClass.',
          }),
        ],
        warnings: [],
        patch: [],
      },
    ]);
  });

  test('warns of the same in a pod template, and lets it in', () => {
    const { reviews } = review(
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {runtimeClassName: kat}}}\n',
    );
    expect(reviews).toMatchObject([
      {
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
        allowed: true,
        findings: [{ code: 'RuntimeClassNotFound', severity: 'warning', field: 'spec.template.spec.runtimeClassName' }],
        warnings: [expect.stringContaining('[RuntimeClassNotFound]')],
        patch: [],
      },
    ]);
  });

  test('denies a RuntimeClass whose handler is a path, and gives it no namespace', () => {
    const { reviews } = review(
      'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: shell}\nhandler: /bin/sh\n',
    );
    expect(reviews).toMatchObject([{ allowed: false, findings: [{ code: 'AbsolutePath', field: 'handler' }] }]);
    expect(reviews[0]?.object).toEqual({ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', name: 'shell' });
  });

  test('says one thing of each object, in their order', () => {
    const text = [
      'apiVersion: v1\nkind: Pod\nmetadata: {generateName: web-}\nspec: {runtimeClassName: kat}\n',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: plain}\n',
      'apiVersion: v1\nkind: Pod\n',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: data}\n',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: tenant-a}\n',
      'apiVersion: example.com/v1\nkind: Pod\nmetadata: {name: foreign}\nspec: {runtimeClassName: kat}\n',
    ].join('---\n');
    expect(outline(text)).toEqual([
      { object: 'Pod default web-*', allowed: false, codes: ['RuntimeClassNotFound'] },
      { object: 'Pod default plain', allowed: true, codes: [] },
      { object: 'Pod default ', allowed: true, codes: [] },
      { object: 'ConfigMap  data', allowed: true, codes: [] },
      { object: 'Namespace  tenant-a', allowed: true, codes: [] },
      { object: 'Pod  foreign', allowed: true, codes: ['RuntimeClassNotFound'] },
    ]);
  });

  test('has a finding in its place where a field that policies read has the wrong type', () => {
    const text = [
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {runtimeClassName: 1}\n',
      'apiVersion: v1\nkind: Pod\nmetadata: 1\n',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: c}\n',
    ].join('---\n');
    const { reviews, findings } = review(text);
    expect(reviews.map(({ object }) => object.name)).toEqual(['c']);
    expect(findings.map((found) => ({ code: found.code, message: messageOf(found), source: found.source }))).toEqual([
      {
        code: 'UnreadableManifest',
        message: 'This Pod cannot be reviewed: request.object.spec.runtimeClassName must be string,null.',
        source: { file: 'manifest.yaml', line: 1, column: 1 },
      },
      {
        code: 'UnreadableManifest',
        message: 'This Pod cannot be reviewed: request.object.metadata must be object,null.',
        source: { file: 'manifest.yaml', line: 6, column: 1 },
      },
    ]);
  });
});

describe('the review of a recorded AdmissionReview', () => {
  const recorded = (file: string) =>
    readFileSync(new URL(`../../fixtures/admission-reviews/${file}`, import.meta.url), 'utf8');

  test('is about the object in it', () => {
    expect(outline(recorded('004-mutate-runtimeclass-create-rel-path.json'))).toEqual([
      { object: expect.stringMatching(/^RuntimeClass {2}/) as unknown, allowed: false, codes: ['RelativePath'] },
    ]);
    expect(outline(recorded('007-mutate-pod-create-plain.json'))).toEqual([
      { object: 'Pod default plain', allowed: true, codes: [] },
    ]);
  });

  test('is a finding where it is none that could be answered', () => {
    const { reviews, findings } = review('apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest: {uid: a}\n');
    expect(reviews).toEqual([]);
    expect(findings.map(messageOf)).toEqual([
      expect.stringMatching(/^This AdmissionReview cannot be reviewed: request .*\.$/),
    ]);
  });
});

test.each([
  ['a pod', '{apiVersion: v1, kind: Pod, metadata: null, spec: null, status: null}'],
  ['a workload', '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: null}}'],
  ['a class', '{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: null, handler: kata-qemu}'],
])('null stands for what is not there in %s, as for Kubernetes', (_, text) => {
  const { reviews, findings } = review(text);
  expect(findings).toEqual([]);
  expect(reviews).toMatchObject([{ allowed: true }]);
});

describe('pods that objects of other kinds describe are reviewed, as warnings', () => {
  const findings = (text: string) =>
    review(text).reviews.flatMap(({ allowed, findings }) =>
      findings.map(({ severity, code, field }) => `${allowed ? 'allowed' : 'denied'}: ${severity} ${code} ${field}`),
    );

  test.each([
    [
      'a Service of Knative, with the annotations beside the spec',
      'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\nspec: {template: {metadata: {annotations: {io.katacontainers.config.hypervisor.path: /x}}, spec: {runtimeClassName: kata}}}\n',
      [
        'allowed: warning GuardedAnnotation spec.template.metadata.annotations[io.katacontainers.config.hypervisor.path]',
      ],
    ],
    [
      'a run of Tekton, whose pod template has no spec',
      'apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: a}\nspec: {taskRunTemplate: {podTemplate: {runtimeClassName: nosuch}}}\n',
      ['allowed: warning RuntimeClassNotFound spec.taskRunTemplate.podTemplate.runtimeClassName'],
    ],
    [
      'a JobSet, which has several',
      'apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: a}\nspec: {replicatedJobs: [{template: {spec: {template: {spec: {runtimeClassName: kata}}}}}, {template: {spec: {template: {spec: {runtimeClassName: nosuch}}}}}]}\n',
      ['allowed: warning RuntimeClassNotFound spec.replicatedJobs[1].template.spec.template.spec.runtimeClassName'],
    ],
    [
      'an object whose own spec is that of pods',
      'apiVersion: example.com/v1\nkind: Runner\nmetadata: {name: a}\nspec: {runtimeClassName: nosuch}\n',
      ['allowed: warning RuntimeClassNotFound spec.runtimeClassName'],
    ],
    [
      'an object without a class, or with fields of another type',
      'apiVersion: example.com/v1\nkind: Runner\nmetadata: {name: a}\nspec: {a: {runtimeClassName: null}, b: {runtimeClassName: x, tolerations: none}}\n',
      [],
    ],
    [
      'a recorded review of such an object',
      'apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest: {uid: "1", kind: {group: example.com, version: v1, kind: Runner}, resource: {group: example.com, version: v1, resource: runners}, operation: CREATE, userInfo: {}, object: {spec: {runtimeClassName: nosuch}}}\n',
      [],
    ],
  ])('%s', (_name, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });
});

test('a class is compared with the one that the cluster has', () => {
  const text = classes.replace('kata-qemu', 'kata-clh');
  const existing = parseManifests(Buffer.from(classes), 'classes.yaml').objects;
  const changed = parseManifests(Buffer.from(text), 'manifest.yaml').objects;
  const { reviews } = reviewManifests(changed, world, cluster.findPods, existing);
  expect(reviews.map(({ allowed, findings: [first] }) => [allowed, first?.code])).toEqual([
    [false, 'RefusedByApiServer'],
  ]);
});

test('a misplaced field is told, and denies nothing', () => {
  const text =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: b, runtimeClassName: kata}]}\n';
  expect(outline(text)).toEqual([{ object: 'Pod default a', allowed: true, codes: ['MisplacedField'] }]);
});
