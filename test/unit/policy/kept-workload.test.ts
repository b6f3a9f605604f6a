import { describe, expect, test } from '@jest/globals';
import { keepWorkload } from '../../../src/policy/kept-workload.ts';

/** What is kept, as it comes back from disk. */
const kept = (groupKind: string, object: object): unknown =>
  JSON.parse(JSON.stringify(keepWorkload(groupKind, object)));

const metadata = {
  name: 'web',
  generateName: 'web-',
  namespace: 'default',
  labels: { app: 'web' },
  annotations: { a: 'b' },
  deletionTimestamp: '2026-01-01T00:00:00Z',
};

const spec = {
  runtimeClassName: 'kata',
  nodeName: 'node-1',
  nodeSelector: { pool: 'sandboxed' },
  tolerations: [{ key: 'sandboxed', operator: 'Exists' }],
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } } },
  os: { name: 'linux' },
  hostNetwork: true,
  hostPID: false,
  hostIPC: null,
  hostUsers: false,
  overhead: { memory: '160Mi' },
  initContainers: [{}, { volumeMounts: [{}, { recursiveReadOnly: 'Enabled' }] }],
};

const read = { metadata, spec, status: { phase: 'Running' } };

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...metadata, uid: '1', managedFields: [{ manager: 'kubelet' }] },
  spec: {
    ...spec,
    initContainers: [
      { name: 'first' },
      { name: 'second', volumeMounts: [{ name: 'a' }, { name: 'b', recursiveReadOnly: 'Enabled' }] },
    ],
    containers: [{ name: 'main', volumeMounts: [{ name: 'a' }] }],
    volumes: [],
  },
  status: { phase: 'Running', conditions: [] },
};

describe('of what may use a class is kept', () => {
  test('what policies read of a pod', () => {
    expect(kept('/Pod', pod)).toEqual(read);
  });

  test.each<[string, object, object]>([
    ['apps/Deployment', { spec: { replicas: 1, template: pod } }, { spec: { template: read } }],
    [
      'batch/CronJob',
      { spec: { schedule: '@daily', jobTemplate: { spec: { parallelism: 1, template: pod } } } },
      { spec: { jobTemplate: { spec: { template: read } } } },
    ],
    ['/PodTemplate', { template: pod }, { template: read }],
  ])('the template of a %s', (groupKind, object, expected) => {
    expect(kept(groupKind, object)).toEqual(expected);
  });

  test.each<[string, string, object]>([
    ['nothing', '/Pod', {}],
    ['null', '/Pod', { metadata: null, spec: null, status: null }],
    [
      'null of a workload',
      'apps/Deployment',
      { metadata: null, spec: { template: null, jobTemplate: { spec: null } } },
    ],
  ])('%s where that is what there is', (_, groupKind, object) => {
    expect(kept(groupKind, object)).toEqual(object);
  });

  test.each<[string, object]>([
    ['/Pod', { ...pod, metadata: { name: 1 } }],
    ['/Pod', { ...pod, spec: { runtimeClassName: ['kata'] } }],
    ['apps/Deployment', { spec: { replicas: 1, template: { spec: 1 } } }],
  ])('all of a %s that has a field of the wrong type: %j', (groupKind, object) => {
    expect(kept(groupKind, object)).toEqual(object);
  });
});
