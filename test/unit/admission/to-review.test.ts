import { describe, expect, test } from '@jest/globals';
import { MalformedReviewError, reviewOfRequest } from '../../../src/admission/decode-review.ts';
import { requestOf, type ReviewedKind } from '../../support/worlds/request-of.ts';

type Fields = Readonly<Record<string, unknown>>;

const pod = { metadata: { name: 'web', annotations: { a: 'b' } }, spec: { runtimeClassName: 'vm' } };
const other = { metadata: { name: 'web' }, spec: { runtimeClassName: 'other' } };

function subjectOf(kind: ReviewedKind, parts: Fields) {
  return reviewOfRequest(requestOf(kind, parts)).subject;
}

describe('a request is about', () => {
  test.each<readonly [string, ReviewedKind, Fields, object]>([
    ['a new pod', 'Pod', { object: pod }, { kind: 'Pod', pod, old: undefined }],
    ['a changed pod', 'Pod', { operation: 'UPDATE', object: pod, oldObject: other }, { kind: 'Pod', pod, old: other }],
    ['a pod that goes away', 'Pod', { operation: 'DELETE', oldObject: pod }, { kind: 'Pod', pod, old: pod }],
    ["a pod's status", 'Pod', { subResource: 'status', object: pod, oldObject: pod }, { kind: 'Pod', pod, old: pod }],
    [
      'a binding',
      'Binding',
      { subResource: 'binding', object: { metadata: { annotations: { a: 'b' } }, target: { name: 'worker' } } },
      { kind: 'Binding', annotations: { a: 'b' } },
    ],
    ['a binding without annotations', 'Binding', { object: { target: {} } }, { kind: 'Binding', annotations: {} }],
    [
      'a subresource that is not known yet',
      'Pod',
      { subResource: 'future', object: pod },
      { kind: 'Pod', pod, old: undefined },
    ],
    [
      'a class',
      'RuntimeClass',
      { object: { handler: 'x' } },
      { kind: 'RuntimeClass', runtimeClass: { handler: 'x' }, old: undefined },
    ],
    ['nothing, of a pod without an object', 'Pod', {}, { kind: 'other' }],
    ['nothing, of another kind', 'ConfigMap', { object: { metadata: 7 } }, { kind: 'other' }],
    [
      'nothing, of a pod of another group',
      'Pod',
      { kind: { group: 'example.org', kind: 'Pod' }, object: pod },
      { kind: 'other' },
    ],
    [
      "nothing, of a workload's subresource",
      'Deployment',
      { subResource: 'scale', object: { spec: { template: pod } } },
      { kind: 'other' },
    ],
    ['nothing, of a workload without a template', 'Deployment', { object: { spec: {} } }, { kind: 'other' }],
    [
      'nothing, of a kind named as a prototype',
      'Pod',
      { kind: { group: 'apps', kind: '__proto__' }, object: pod },
      { kind: 'other' },
    ],
  ])('%s', (_, kind, parts, subject) => {
    expect(subjectOf(kind, parts)).toEqual(subject);
  });

  test.each(['attach', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'proxy', 'resize'])(
    'nothing that policies read: pods/%s',
    (subResource) => {
      expect(subjectOf('Pod', { operation: 'UPDATE', subResource, object: pod, oldObject: other })).toEqual({
        kind: 'other',
      });
    },
  );

  test.each<readonly [ReviewedKind, string, object]>([
    ['Deployment', 'spec.template.', { spec: { template: pod } }],
    ['StatefulSet', 'spec.template.', { spec: { template: pod } }],
    ['DaemonSet', 'spec.template.', { spec: { template: pod } }],
    ['ReplicaSet', 'spec.template.', { spec: { template: pod } }],
    ['ReplicationController', 'spec.template.', { spec: { template: pod } }],
    ['Job', 'spec.template.', { spec: { template: pod } }],
    ['CronJob', 'spec.jobTemplate.spec.template.', { spec: { jobTemplate: { spec: { template: pod } } } }],
    ['PodTemplate', 'template.', { template: pod }],
  ])('the template of a %s, at %s', (kind, prefix, object) => {
    expect(subjectOf(kind, { object })).toEqual({ kind: 'template', pod, old: undefined, prefix });
    const changed = {
      operation: 'UPDATE',
      object,
      oldObject: JSON.parse(JSON.stringify(object).replace('"vm"', '"x"')) as unknown,
    };
    expect(subjectOf(kind, changed)).toMatchObject({ pod, old: { spec: { runtimeClassName: 'x' } } });
  });
});

describe('who asks, and where,', () => {
  test('is kept', () => {
    const request = requestOf('Pod', { object: pod, userInfo: { groups: ['system:nodes'] } });
    expect(reviewOfRequest(request)).toMatchObject({
      operation: 'CREATE',
      namespace: 'team',
      groups: ['system:nodes'],
    });
  });

  test.each([
    ['no groups', { userInfo: {} }],
    ['null for groups', { userInfo: { groups: null } }],
  ])('is nobody in particular with %s', (_, parts) => {
    expect(reviewOfRequest(requestOf('Pod', { object: pod, ...parts })).groups).toEqual([]);
  });

  test.each([undefined, ''])('is no namespace where that is %j', (namespace) => {
    expect(reviewOfRequest(requestOf('Pod', { object: pod, namespace })).namespace).toBeUndefined();
  });
});

describe('messages call the object', () => {
  test.each<readonly [string, ReviewedKind, Fields, string]>([
    ['by namespace and name', 'Pod', { object: pod }, 'Pod team/web'],
    ['by its name, where it has no namespace', 'RuntimeClass', { object: {} }, 'RuntimeClass web'],
    [
      'by generateName, though the API server has made a name of it by then',
      'Pod',
      { name: 'web-x7k2p', object: { metadata: { generateName: 'web-', name: 'web-x7k2p' } } },
      'Pod team/web-*',
    ],
    [
      'by generateName, though the API server has cut it short for the name',
      'Pod',
      { name: `${'w'.repeat(58)}x7k2p`, object: { metadata: { generateName: `${'w'.repeat(60)}-` } } },
      `Pod team/${'w'.repeat(60)}-*`,
    ],
    [
      'by its name, where a StatefulSet gave it one beside a generateName',
      'Pod',
      { name: 'web-0', object: { metadata: { generateName: 'web-', name: 'web-0' } } },
      'Pod team/web-0',
    ],
    [
      'by its name, once it is stored',
      'Pod',
      { operation: 'UPDATE', name: 'web-x7k2p', object: { metadata: { generateName: 'web-', name: 'web-x7k2p' } } },
      'Pod team/web-x7k2p',
    ],
    [
      'by generateName, while there is no name yet',
      'Pod',
      { name: undefined, object: { metadata: { generateName: 'web-' } } },
      'Pod team/web-*',
    ],
    ['by its name, where generateName is empty', 'Pod', { object: { metadata: { generateName: '' } } }, 'Pod team/web'],
    [
      'by its name, where generateName is null',
      'Pod',
      { object: { metadata: { generateName: null } } },
      'Pod team/web',
    ],
    [
      'by its name, where it goes away',
      'Pod',
      { operation: 'DELETE', name: 'web-x7k2p', oldObject: { metadata: { generateName: 'web-' } } },
      'Pod team/web-x7k2p',
    ],
    [
      'by its own name, where it goes away with its collection, and the request has none',
      'RuntimeClass',
      { operation: 'DELETE', name: undefined, oldObject: { metadata: { name: 'kata' }, handler: 'kata' } },
      'RuntimeClass kata',
    ],
    [
      'in quotes, where the name could garble a terminal',
      'Pod',
      { name: 'a\u001bb', object: {} },
      'Pod "team/a\\u001bb"',
    ],
    [
      'in quotes, where the name is too long',
      'Pod',
      { name: 'x'.repeat(600), object: {} },
      `Pod "team/${'x'.repeat(123)}…"`,
    ],
    ['in quotes, where it has none', 'RuntimeClass', { name: undefined, object: {} }, 'RuntimeClass ""'],
  ])('%s', (_, kind, parts, expected) => {
    expect(reviewOfRequest(requestOf(kind, parts)).object).toBe(expected);
  });
});

describe('an object is refused that has a wrong type where policies read:', () => {
  const annotated = (annotations: unknown) => ({ metadata: { annotations } });

  test.each<readonly [ReviewedKind, Fields, string]>([
    ['Pod', { object: { metadata: 'x' } }, 'request.object.metadata must be object,null'],
    ['Pod', { object: annotated([]) }, 'request.object.metadata.annotations must be object,null'],
    ['Pod', { object: annotated({ a: 1 }) }, 'request.object.metadata.annotations.a must be string'],
    ['Pod', { object: annotated({ a: null }) }, 'request.object.metadata.annotations.a must be string'],
    [
      'Pod',
      { object: annotated({ 'shimgate.dev/source': 1 }) },
      'request.object.metadata.annotations[shimgate.dev/source] must be string',
    ],
    ['Pod', { object: annotated({ 'a~b': 1 }) }, 'request.object.metadata.annotations[a~b] must be string'],
    ['Pod', { object: annotated({ 'a\u001b': 1 }) }, 'request.object.metadata.annotations["a\\u001b"] must be string'],
    ['Pod', { object: { spec: { runtimeClassName: 1 } } }, 'request.object.spec.runtimeClassName must be string,null'],
    ['Pod', { object: { spec: { hostNetwork: 'no' } } }, 'request.object.spec.hostNetwork must be boolean,null'],
    ['Pod', { operation: 'UPDATE', object: {}, oldObject: { spec: [] } }, 'request.oldObject.spec must be object,null'],
    ['RuntimeClass', { object: { handler: ['/bin/sh'] } }, 'request.object.handler must be string'],
    [
      'RuntimeClass',
      { object: { handler: 'x', metadata: { annotations: { a: {} } } } },
      'request.object.metadata.annotations.a must be string',
    ],
    ['Deployment', { object: { spec: { template: [] } } }, 'request.object.spec.template must be object'],
    [
      'CronJob',
      { object: { spec: { jobTemplate: { spec: 1 } } } },
      'request.object.spec.jobTemplate.spec must be object,null',
    ],
    [
      'PodTemplate',
      { object: { template: { spec: { runtimeClassName: {} } } } },
      'request.object.template.spec.runtimeClassName must be string,null',
    ],
  ])('%s %j', (kind, parts, message) => {
    const request = requestOf(kind, parts);
    expect(() => reviewOfRequest(request)).toThrow(new MalformedReviewError(message));
  });

  test('and the message stays short, whatever the key', () => {
    const request = requestOf('Pod', { object: annotated({ ['x'.repeat(100_000)]: 1 }) });
    expect(() => reviewOfRequest(request)).toThrow(/^.{1,300}$/);
  });
});
