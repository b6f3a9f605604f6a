import { describe, expect, test } from '@jest/globals';
import { classObject, messagesOf, nodeObject, podObject } from '../../support/reports/audit-of.ts';

const runtimes = { kata: { runtimeType: 'io.containerd.kata.v2' }, runsc: { runtimeType: 'io.containerd.runsc.v1' } };
const taint = { spec: { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] } };

describe('the audit judges RuntimeClasses', () => {
  test.each<readonly [string, string, readonly object[], readonly string[]]>([
    [
      'by the policies of the webhook',
      'AbsolutePath',
      [classObject('bad', '/bin/sh')],
      [
        'error RuntimeClass bad: RuntimeClass bad -> handler "/bin/sh", which is an absolute path: containerd would run that file on the host as root.',
      ],
    ],
    [
      'as unused where nothing names them',
      'UnusedRuntimeClass',
      [classObject('a', 'kata'), classObject('b', 'runsc'), podObject('web', { runtimeClassName: 'a' })],
      ['info RuntimeClass b: No pod and no pod template names RuntimeClass "b".'],
    ],
    [
      'as used where only a template names them',
      'UnusedRuntimeClass',
      [
        classObject('a', 'kata'),
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'x' },
          spec: { jobTemplate: { spec: { template: { spec: { runtimeClassName: 'a' } } } } },
        },
      ],
      [],
    ],
    [
      'as sharing a handler, naming five of the others',
      'HandlerSharedByClasses',
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => classObject(name, name === 'g' ? 'runsc' : 'kata')).slice(0, 3),
      [
        'info RuntimeClass a: RuntimeClass "a" has the same handler as "b", "c".',
        'info RuntimeClass b: RuntimeClass "b" has the same handler as "a", "c".',
        'info RuntimeClass c: RuntimeClass "c" has the same handler as "a", "b".',
      ],
    ],
    [
      'as sharing none where they have none',
      'HandlerSharedByClasses',
      [{ kind: 'RuntimeClass', apiVersion: 'node.k8s.io/v1', metadata: { name: 'a' } }, classObject('b', '')],
      [],
    ],
    [
      'as without a handler, and with the place where it stands',
      'EmptyName',
      [{ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'a' }, spec: { handler: 'kata' } }],
      [
        'error RuntimeClass a: RuntimeClass a -> handler "": the handler is missing; spec.handler says "kata", and the field belongs to the top level.',
      ],
    ],
    [
      'as without a node where their selector picks none',
      'SchedulingMatchesNoNode',
      [
        nodeObject('n', ['kata']),
        classObject('a', 'kata', { scheduling: { nodeSelector: { pool: 'x', zone: 'a' } } }),
        classObject('b', 'kata', { scheduling: { nodeSelector: { pool: 'n' } } }),
      ],
      ['warning RuntimeClass a: No node has the labels that RuntimeClass "a" selects: "pool=x,zone=a".'],
    ],
    [
      'as without a node where they tolerate none of the taints; those that schedule nothing leave that to pods',
      'SchedulingMatchesNoNode',
      [
        nodeObject('n', ['kata'], taint),
        classObject('a', 'kata', { scheduling: { nodeSelector: { pool: 'n' } } }),
        classObject('b', 'kata'),
        classObject('c', 'kata', { scheduling: { tolerations: [{ key: 'dedicated', operator: 'Exists' }] } }),
      ],
      [
        'warning RuntimeClass a: Every node that RuntimeClass "a" selects (1) has a taint that the class does not tolerate.',
        'info RuntimeClass b: Every node that RuntimeClass "b" selects (1) has a taint that the class does not tolerate.',
      ],
    ],
    [
      'not by nodes where none is known',
      'SchedulingMatchesNoNode',
      [classObject('a', 'kata', { scheduling: { nodeSelector: { pool: 'x' } } })],
      [],
    ],
    [
      'as on some nodes only, among those that report their handlers',
      'HandlerOnSomeNodes',
      [
        nodeObject('m', ['kata']),
        nodeObject('n', ['runc']),
        nodeObject('old', undefined),
        classObject('a', 'kata'),
        classObject('b', 'kata', { scheduling: { nodeSelector: { pool: 'm' } } }),
      ],
      [
        'warning RuntimeClass a: 1 of the 2 nodes that pods of RuntimeClass "a" can be scheduled to and that report their handlers do not have "kata".',
      ],
    ],
  ])('%s', async (_, code, objects, expected) => {
    expect(await messagesOf([code], { configuration: { runtimes }, objects })).toEqual(expected);
  });

  test('in a way that names no more than five of those that share a handler', async () => {
    const objects = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => classObject(name, 'kata'));
    const messages = await messagesOf(['HandlerSharedByClasses'], { configuration: { runtimes }, objects });
    expect(messages[0]).toBe(
      'info RuntimeClass a: RuntimeClass "a" has the same handler as "b", "c", "d", "e", "f" and 1 more.',
    );
  });
});

describe('the audit compares the runtimes table with what nodes report:', () => {
  test.each<readonly [string, readonly string[], readonly object[], readonly string[]]>([
    [
      'a runtime on no node',
      ['RuntimeOnNoNode'],
      [nodeObject('n', ['kata'])],
      [
        'warning ShimgateConfiguration shimgate.yaml: Runtime "runsc" is declared, and none of the 1 nodes that report their handlers has it.',
      ],
    ],
    [
      'a runtime on some nodes',
      ['RuntimeOnSomeNodes'],
      [nodeObject('m', ['kata', 'runsc']), nodeObject('n', ['runsc']), nodeObject('old', undefined)],
      [
        'info ShimgateConfiguration shimgate.yaml: Runtime "kata" is declared, and 1 of the 2 nodes that report their handlers have it.',
      ],
    ],
    [
      'handlers that the configuration does not declare, but stock ones and those of classes',
      ['ReportedHandlerUndeclared'],
      [nodeObject('m', ['', 'runc', 'youki', 'crun', 'kata']), nodeObject('n', ['youki']), classObject('c', 'crun')],
      ['info Node: 2 of 2 nodes report handler "youki", such as "m", which the configuration does not declare.'],
    ],
    [
      'nodes that report nothing',
      ['NodesReportNoHandlers', 'RuntimeOnNoNode'],
      [nodeObject('m', undefined), nodeObject('n', [])],
      ['info Node: None of the 2 nodes reports its handlers.'],
    ],
    ['nothing where no node is known', ['NodesReportNoHandlers', 'RuntimeOnNoNode'], [], []],
  ])('%s', async (_, codes, objects, expected) => {
    expect(await messagesOf(codes, { configuration: { runtimes }, objects })).toEqual(expected);
  });
});

describe('the audit tells, of handlers that nodes list without any feature,', () => {
  test.each<readonly [string, readonly object[], readonly string[]]>([
    [
      'a runtime whose shim may not be installed',
      [nodeObject('m', ['kata', 'crun!']), nodeObject('n', ['kata!', 'crun!'])],
      [
        'info ShimgateConfiguration shimgate.yaml: 1 of the 2 nodes with handler "crun" list it without any feature, such as "m": its shim may not be installed there.',
      ],
    ],
    [
      'the same once only where a class has that handler',
      [nodeObject('m', ['kata', 'crun!']), classObject('g', 'crun')],
      [
        'info RuntimeClass g: RuntimeClass g -> handler "crun", which node "m" lists without any feature: its shim may not be installed there.',
      ],
    ],
    [
      'nothing of a shim whose soundness does not show in features',
      [nodeObject('m', ['crun', 'runsc!', 'kata!']), classObject('g', 'runsc')],
      [],
    ],
  ])('%s', async (_, objects, expected) => {
    const configuration = { runtimes: { ...runtimes, crun: { path: '/usr/bin/crun' } } };
    expect(await messagesOf(['HandlerWithoutFeatures'], { configuration, objects })).toEqual(expected);
  });
});

describe('the audit tells what nodes do with the runtime handler annotation, of a runtime with a snapshotter of its own:', () => {
  const fc = { runtimeType: 'io.containerd.kata-fc.v2', snapshotter: 'devmapper' };
  const codes = ['RuntimeHandlerBreaksPulls', 'RuntimeHandlerIgnored'];
  const running = (name: string, containerRuntimeVersion: string, labels: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { nodeInfo: { containerRuntimeVersion } },
  });
  const start = 'RuntimeClass c: RuntimeClass "c" leads to a runtime with snapshotter "devmapper", and';
  const unpack = '"devmapper" in the unpack_config of the transfer service or use_local_image_pull = true';
  const platform = 'an entry of the runtime in runtime_platforms of the images plugin';
  const annotation = 'the annotation io.containerd.cri.runtime-handler';

  test.each<readonly [string, true | false | 'auto', readonly object[], readonly string[]]>([
    [
      'pulls fail, where it is injected',
      true,
      [running('a', 'containerd://2.3.7'), running('b', 'containerd://2.4.2'), running('c', 'containerd://1.7.28')],
      [
        `warning ${start} 2 of the nodes that it can use, such as "a", run containerd 2.3 and 2.4: by ${annotation} the pulls of its pods fail there without ${unpack}.`,
      ],
    ],
    [
      'they would fail, where it is not',
      'auto',
      [running('a', 'containerd://2.4.2')],
      [
        `info ${start} 1 of the nodes that it can use, such as "a", runs containerd 2.4: by ${annotation} a pull for its runtime fails there without ${unpack}.`,
      ],
    ],
    [
      'it is ignored, for want of one setting or of two',
      'auto',
      [running('a', 'containerd://2.0.14'), running('b', 'containerd://2.2.9')],
      [
        `info ${start} 2 of the nodes that it can use, such as "a", run containerd 2.0 and 2.2, which ignore ${annotation} there without ${platform}, and ${unpack}.`,
      ],
    ],
    ['nothing where it is turned off', false, [running('a', 'containerd://2.4.2')], []],
    ['nothing where it helps', true, [running('a', 'containerd://1.7.28')], []],
    ['nothing of versions that are not known', true, [running('a', 'cri-o://1.34.0'), nodeObject('b', [])], []],
    [
      'nothing of Windows nodes whose general snapshotter it is',
      true,
      [running('a', 'containerd://2.4.2', { 'kubernetes.io/os': 'windows' }), classObject('w', 'windows')],
      [
        `warning ${start} 1 of the nodes that it can use, such as "a", runs containerd 2.4: by ${annotation} the pulls of its pods fail there without ${unpack}.`,
      ],
    ],
  ])('%s', async (_, runtimeHandlerAnnotation, objects, expected) => {
    const configuration = {
      runtimeHandlerAnnotation,
      runtimes: { ...runtimes, fc, windows: { ...fc, snapshotter: 'windows' } },
    };
    const all = [...objects, classObject('c', 'fc'), classObject('plain', 'kata')];
    expect(await messagesOf(codes, { configuration, objects: all })).toEqual(expected);
  });
});
