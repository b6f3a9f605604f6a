import { describe, expect, test } from '@jest/globals';
import type { ConfigurationFields } from '../../support/worlds/world-of.ts';
import {
  classObject,
  findingsOf,
  messagesOf,
  namespaceObject,
  nodeObject,
  podObject,
} from '../../support/reports/audit-of.ts';

const handler = 'io.containerd.cri.runtime-handler';
const configuration: ConfigurationFields = {
  runtimeHandlerAnnotation: true,
  injectedAnnotations: ['runtime-type'],
  runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } },
};
const kata = classObject('kata-class', 'kata');
const runtimeClassName = 'kata-class';
const right = { [handler]: 'kata', 'shimgate.dev/runtime-type': 'io.containerd.kata.v2' };
const mirror = { 'kubernetes.io/config.mirror': 'x' };

describe('the audit finds of a pod that is there', () => {
  const codes = ['SpoofedManagedAnnotation', 'StaleManagedAnnotation', 'NotAnnotated', 'ManagedAnnotationReplaced'];

  test.each<readonly [string, object, readonly string[]]>([
    ['nothing where it carries what it should', podObject('p', { runtimeClassName, annotations: right }), []],
    ['nothing where it has no class and none of our annotations', podObject('p', { annotations: { a: 'b' } }), []],
    [
      'an annotation of ours without a class',
      podObject('p', { annotations: { 'shimgate.dev/source': 'configured' } }),
      [
        'error Pod default/p: Pod default/p: annotation shimgate.dev/source: "configured" is not shimgate\'s: the pod has no RuntimeClass.',
      ],
    ],
    [
      'another handler than that of its class',
      podObject('p', { runtimeClassName, annotations: { ...right, [handler]: 'runc' } }),
      [
        'error Pod default/p: Pod default/p: annotation io.containerd.cri.runtime-handler: it says "runc", but the handler of RuntimeClass "kata-class" is "kata".',
      ],
    ],
    [
      'what was true under another configuration',
      podObject('p', {
        runtimeClassName,
        annotations: {
          ...right,
          'shimgate.dev/runtime-type': 'io.containerd.kata-old.v2',
          'shimgate.dev/options': '{}',
        },
      }),
      [
        'warning Pod default/p: Pod default/p: annotation shimgate.dev/runtime-type: it says "io.containerd.kata-old.v2", and would be "io.containerd.kata.v2" today.',
        'warning Pod default/p: Pod default/p: annotation shimgate.dev/options: it says "{}", and would not be there today.',
      ],
    ],
    [
      'that it lacks what is written since',
      podObject('p', { runtimeClassName, annotations: { [handler]: 'kata' } }),
      ['warning Pod default/p: Pod default/p lacks what shimgate would write today: shimgate.dev/runtime-type.'],
    ],
    [
      'that it is older than shimgate',
      podObject('p', { runtimeClassName }),
      [
        'info Pod default/p: Pod default/p has none of the annotations that shimgate writes: io.containerd.cri.runtime-handler, shimgate.dev/runtime-type.',
      ],
    ],
    ['nothing where it has finished', podObject('p', { runtimeClassName, phase: 'Succeeded' }), []],
    ['nothing where it is the image of a static pod', podObject('p', { runtimeClassName, annotations: mirror }), []],
  ])('%s', async (_, pod, expected) => {
    expect(await messagesOf(codes, { configuration, objects: [pod, kata] })).toEqual(expected);
  });

  test('of one that is exempt only what claims to be of shimgate', async () => {
    const annotations = { 'shimgate.dev/source': 'me', [handler]: 'runc' };
    const found = await findingsOf({
      configuration: { ...configuration, exemptions: { namespaces: ['default'] } },
      objects: [
        podObject('p', { runtimeClassName: 'nosuch', annotations }),
        podObject('q', { runtimeClassName }),
        kata,
      ],
    });
    expect(found.map(({ code, field, message }) => [code, field, message])).toEqual([
      [
        'SpoofedManagedAnnotation',
        'metadata.annotations[shimgate.dev/source]',
        'Pod default/p: annotation shimgate.dev/source: "me" is not shimgate\'s: the pod is exempt.',
      ],
    ]);
  });

  test.each<readonly [string, object, readonly string[]]>([
    [
      'that it has not the class that its namespace gives today',
      podObject('p'),
      ['warning Pod default/p: Pod default/p names no RuntimeClass and would get "kata-class" today.'],
    ],
    ['nothing of that where it has a class', podObject('p', { runtimeClassName }), []],
    ['nothing of that where it has finished', podObject('p', { phase: 'Failed' }), []],
    ['nothing of that where it is a static pod', podObject('p', { annotations: mirror }), []],
  ])('%s', async (_, pod, expected) => {
    const withDefault = {
      ...configuration,
      namespaceRules: [{ namespaces: ['*'], defaultRuntimeClassName: 'kata-class' }],
    };
    expect(await messagesOf(['DefaultClassNotApplied'], { configuration: withDefault, objects: [pod, kata] })).toEqual(
      expected,
    );
  });

  test.each<readonly [string, object, readonly string[]]>([
    [
      'that its node lacks the handler',
      podObject('p', { runtimeClassName, nodeName: 'without', phase: 'Running' }),
      [
        'warning Pod default/p: Pod default/p runs on node without, which does not have handler "kata" of RuntimeClass "kata-class".',
      ],
    ],
    [
      'the same before it runs',
      podObject('p', { runtimeClassName, nodeName: 'without' }),
      [
        'warning Pod default/p: Pod default/p is bound to node without, which does not have handler "kata" of RuntimeClass "kata-class".',
      ],
    ],
    ['nothing where the node has it', podObject('p', { runtimeClassName, nodeName: 'with' }), []],
    ['nothing where the node reports nothing', podObject('p', { runtimeClassName, nodeName: 'old' }), []],
    ['nothing where the node is not known', podObject('p', { runtimeClassName, nodeName: 'gone' }), []],
    ['nothing where it has finished', podObject('p', { runtimeClassName, nodeName: 'without', phase: 'Failed' }), []],
  ])('%s', async (_, pod, expected) => {
    const nodes = [nodeObject('with', ['kata']), nodeObject('without', ['runc']), nodeObject('old', undefined)];
    expect(await messagesOf(['NodeWithoutHandler'], { configuration, objects: [pod, kata, ...nodes] })).toEqual(
      expected,
    );
  });
});

describe('the audit says of pods and templates what the webhook would say now', () => {
  test('with the chain from the pod to the shim, as far as it goes', async () => {
    const objects = [podObject('lost', { runtimeClassName: 'nosuch' }), podObject('old', { runtimeClassName }), kata];
    const chains = (await findingsOf({ configuration, objects })).map(({ code, chain }) => [code, chain]);
    expect(chains).toEqual([
      ['RuntimeClassNotFound', ['Pod default/lost', 'RuntimeClass "nosuch"']],
      [
        'NotAnnotated',
        ['Pod default/old', 'RuntimeClass "kata-class"', 'handler "kata"', 'shim "io.containerd.kata.v2"'],
      ],
    ]);
  });

  test.each([
    ['apps/v1', 'Deployment', 'spec.template.'],
    ['apps/v1', 'StatefulSet', 'spec.template.'],
    ['apps/v1', 'DaemonSet', 'spec.template.'],
    ['apps/v1', 'ReplicaSet', 'spec.template.'],
    ['v1', 'ReplicationController', 'spec.template.'],
    ['batch/v1', 'Job', 'spec.template.'],
    ['batch/v1', 'CronJob', 'spec.jobTemplate.spec.template.'],
    ['v1', 'PodTemplate', 'template.'],
  ])('for %s %s', async (apiVersion, kind, prefix) => {
    const template = {
      metadata: { annotations: { 'shimgate.dev/source': 'me' } },
      spec: { runtimeClassName: 'nosuch' },
    };
    const places: Readonly<Record<string, object>> = {
      CronJob: { spec: { jobTemplate: { spec: { template } } } },
      PodTemplate: { template },
    };
    const object = {
      apiVersion,
      kind,
      metadata: { name: 'x', namespace: 'ns' },
      ...(places[kind] ?? { spec: { template } }),
    };
    expect(await findingsOf({ configuration, objects: [object] })).toMatchObject([
      {
        code: 'RuntimeClassNotFound',
        severity: 'warning',
        field: `${prefix}spec.runtimeClassName`,
        object: { kind, namespace: 'ns', name: 'x' },
      },
    ]);
  });

  test('by its whole name, though that was generated', async () => {
    const { metadata, ...rest } = podObject('web-7f9c4d5b66-x2v8k', { runtimeClassName: 'x' });
    const generated = { ...rest, metadata: { ...metadata, generateName: 'web-7f9c4d5b66-' } };
    expect(await messagesOf(['RuntimeClassNotFound'], { objects: [generated] })).toEqual([
      'error Pod default/web-7f9c4d5b66-x2v8k: Pod default/web-7f9c4d5b66-x2v8k -> RuntimeClass "x": no such RuntimeClass.',
    ]);
  });

  test('and says of one that cannot be judged that it cannot, and goes on', async () => {
    const objects = [podObject('odd', { runtimeClassName: 7 }), podObject('lost', { runtimeClassName: 'nosuch' })];
    expect(await messagesOf(['UnreadableManifest', 'RuntimeClassNotFound'], { objects })).toEqual([
      'error Pod default/lost: Pod default/lost -> RuntimeClass "nosuch": no such RuntimeClass.',
      'error Pod default/odd: This Pod cannot be judged: request.object.spec.runtimeClassName must be string,null.',
    ]);
  });
});

describe('the audit finds of namespaces', () => {
  const codes = ['NamespaceWithoutRule', 'MalformedModeLabel', 'ModeLabelWithoutEffect'];

  test.each<readonly [string, ConfigurationFields, object, readonly string[]]>([
    ['nothing where there are no rules', {}, namespaceObject('a'), []],
    [
      'that no rule matches',
      { namespaceRules: [{ namespaces: ['b'] }] },
      namespaceObject('a'),
      ['info Namespace a: No rule of namespaceRules matches namespace a.'],
    ],
    ['nothing where a rule matches', { namespaceRules: [{ namespaces: ['a*'] }] }, namespaceObject('ab'), []],
    [
      'a label that is no mode',
      {},
      namespaceObject('a', { 'shimgate.dev/mode': 'Warn' }),
      ['warning Namespace a: Namespace a has label shimgate.dev/mode="Warn", which is no mode and is read as enforce.'],
    ],
    [
      'a label that would loosen',
      { mode: 'enforce' },
      namespaceObject('a', { 'shimgate.dev/mode': 'warn' }),
      [
        'info Namespace a: Namespace a has label shimgate.dev/mode=warn, but its mode is enforce: the label may only make it stricter.',
      ],
    ],
    [
      'nothing where it may loosen',
      { mode: 'enforce', namespaceLabelMayLoosen: true },
      namespaceObject('a', { 'shimgate.dev/mode': 'warn' }),
      [],
    ],
    ['nothing where it makes stricter', { mode: 'warn' }, namespaceObject('a', { 'shimgate.dev/mode': 'enforce' }), []],
  ])('%s', async (_, fields, object, expected) => {
    expect(await messagesOf(codes, { configuration: fields, objects: [object] })).toEqual(expected);
  });
});
