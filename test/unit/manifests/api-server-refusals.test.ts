import { describe, expect, test } from '@jest/globals';
import { apiServerRefusals } from '../../../src/manifests/api-server-refusals.ts';

const pod = (runtimeClassName: unknown) => ({ metadata: { name: 'x' }, spec: { runtimeClassName, containers: [] } });
const inSpec = (runtimeClassName: unknown) => ({
  metadata: { name: 'x', namespace: 'n' },
  spec: { template: pod(runtimeClassName) },
});

describe('the API server refuses an empty name of a class', () => {
  test.each<[string, string, (name: unknown) => object, string]>([
    ['v1', 'Pod', pod, 'spec.runtimeClassName'],
    ['apps/v1', 'Deployment', inSpec, 'spec.template.spec.runtimeClassName'],
    ['apps/v1', 'StatefulSet', inSpec, 'spec.template.spec.runtimeClassName'],
    ['apps/v1', 'DaemonSet', inSpec, 'spec.template.spec.runtimeClassName'],
    ['apps/v1', 'ReplicaSet', inSpec, 'spec.template.spec.runtimeClassName'],
    ['v1', 'ReplicationController', inSpec, 'spec.template.spec.runtimeClassName'],
    ['batch/v1', 'Job', inSpec, 'spec.template.spec.runtimeClassName'],
    [
      'batch/v1',
      'CronJob',
      (name) => ({ spec: { jobTemplate: { spec: { template: pod(name) } } } }),
      'spec.jobTemplate.spec.template.spec.runtimeClassName',
    ],
    ['v1', 'PodTemplate', (name) => ({ template: pod(name) }), 'template.spec.runtimeClassName'],
  ])('%s %s', (apiVersion, kind, valueOf, field) => {
    expect(apiServerRefusals({ apiVersion, kind, value: valueOf('') })).toEqual([
      expect.objectContaining({ code: 'RefusedByApiServer', severity: 'error', field }),
    ]);
    for (const name of ['vm', undefined, null]) {
      expect(apiServerRefusals({ apiVersion, kind, value: valueOf(name) })).toEqual([]);
    }
  });

  test.each([
    ['another kind', { apiVersion: 'example.com/v1', kind: 'Pod', value: pod('') }],
    ['no spec', { apiVersion: 'v1', kind: 'Pod', value: { spec: null } }],
    ['a class', { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', value: { handler: '' } }],
  ])('and of %s says nothing', (_name, object) => {
    expect(apiServerRefusals(object)).toEqual([]);
  });
});

describe('the API server refuses a version that is served no longer', () => {
  test.each([
    ['node.k8s.io/v1beta1', 'RuntimeClass', 'node.k8s.io/v1'],
    ['node.k8s.io/v1alpha1', 'RuntimeClass', 'node.k8s.io/v1'],
    ['batch/v1beta1', 'CronJob', 'batch/v1'],
    ['extensions/v1beta1', 'DaemonSet', 'apps/v1'],
    ['apps/v1beta2', 'Deployment', 'apps/v1'],
  ])('%s of %s', (apiVersion, kind, now) => {
    const [found, ...others] = apiServerRefusals({ apiVersion, kind, value: { metadata: { name: 'old' } } });
    expect(found).toMatchObject({ code: 'RefusedByApiServer', severity: 'error', field: 'apiVersion' });
    expect(found?.fix).toContain(`apiVersion: ${now},`);
    expect(others).toEqual([]);
    expect(apiServerRefusals({ apiVersion: now, kind, value: { metadata: { name: 'new' } } })).toEqual([]);
  });
});
