import { describe, expect, test } from '@jest/globals';
import type { Node, Pod } from '../../../../src/generated/objects.ts';
import { podRuntimeClass } from '../../../../src/policy/checks/pod-runtime-class.ts';
import { judgedBy, verdictOn } from '../judged.ts';
import { classReview, podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { classOf, nodeOf, worldOf } from '../../../support/worlds/world-of.ts';

const world = worldOf({
  configuration: {
    runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' }, ghost: { path: '/usr/bin/ghost' } },
    undeclaredHandlers: 'deny',
  },
  classes: [
    classOf('kata', 'kata'),
    classOf('stock', 'runc'),
    classOf('declared', 'runc', { declares: '/bin/sh' }),
    classOf('implicit', 'io.containerd.kata.v2'),
    classOf('ghost', 'ghost', { nodeSelector: { pool: 'plain' } }),
    classOf('path', '/bin/sh'),
    classOf('relative', 'bin/sh'),
    classOf('empty', ''),
    classOf('claims-path', 'spin', { declares: '/bin/sh' }),
    classOf('undeclared', 'spin'),
    classOf('differs', 'kata', { declares: 'io.containerd.other.v1' }),
  ],
  nodes: [
    nodeOf('a', ['runc', 'kata!', 'io.containerd.kata.v2']),
    nodeOf('b', ['runc'], { labels: { pool: 'plain' } }),
  ],
});

function judge(className: string | undefined) {
  return judgedBy(podRuntimeClass, podCreation('mutating', podOf(className)), world);
}

describe('a pod passes, and leads to a shim,', () => {
  test.each<readonly [string, string | undefined, string | undefined]>([
    ['by no class', undefined, undefined],
    ['by the empty class, which is none', '', undefined],
    ['by a class of the table', 'kata', 'io.containerd.kata.v2'],
    ['by a stock runtime', 'stock', 'io.containerd.runc.v2'],
    ['by a class whose claim is refused, since the stock runtime wins', 'declared', 'io.containerd.runc.v2'],
    ['by a class whose handler is a shim name', 'implicit', 'io.containerd.kata.v2'],
    ['by a class whose claim the table contradicts', 'differs', 'io.containerd.kata.v2'],
  ])('%s', (_, className, runtimeType) => {
    expect(judge(className).findings).toEqual([]);
    const { shim } = verdictOn(podCreation('mutating', podOf(className)), world);
    expect(shim?.runtimeType).toBe(runtimeType);
  });
});

describe('a pod fails with the whole chain in the message:', () => {
  test.each<readonly [string, string, string]>([
    ['nosuch', 'RuntimeClassNotFound error', 'Pod team/web -> RuntimeClass "nosuch": no such RuntimeClass.'],
    [
      'path',
      'AbsolutePath error',
      'Pod team/web -> RuntimeClass "path" -> handler "/bin/sh", which is an absolute path: containerd would run that file on the host as root.',
    ],
    [
      'relative',
      'RelativePath error',
      'Pod team/web -> RuntimeClass "relative" -> handler "bin/sh", which is a relative path, not a shim name.',
    ],
    ['empty', 'EmptyName error', 'Pod team/web -> RuntimeClass "empty" -> handler "", which is empty.'],
    [
      'claims-path',
      'AbsolutePath error',
      'Pod team/web -> RuntimeClass "claims-path" -> handler "spin", whose declared shim "/bin/sh" is an absolute path: containerd would run that file on the host as root.',
    ],
    [
      'undeclared',
      'UndeclaredHandler error',
      'Pod team/web -> RuntimeClass "undeclared" -> handler "spin", which the configuration does not declare; none of the 2 nodes that the class can use has it.',
    ],
    [
      'ghost',
      'HandlerOnNoNode warning',
      'Pod team/web -> RuntimeClass "ghost" -> handler "ghost", which is declared, but the only node that the class can use does not have it.',
    ],
  ])('%s', (className, codeAndSeverity, message) => {
    const { findings } = judge(className);
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual([codeAndSeverity]);
    expect(findings[0]).toMatchObject({ message, field: 'spec.runtimeClassName' });
  });

  test.each(['constructor', '__proto__', 'toString'])('a class called %s that nobody made', (className) => {
    expect(judge(className).findings[0]?.message).toBe(
      `Pod team/web -> RuntimeClass "${className}": no such RuntimeClass.`,
    );
  });

  test('a class whose name could garble a terminal is quoted', () => {
    expect(judge('a\u001b[31m\n').findings[0]?.message).toBe(
      'Pod team/web -> RuntimeClass "a\\u001b[31m\\n": no such RuntimeClass.',
    );
  });
});

describe('the policy', () => {
  test('says the same in both phases', () => {
    for (const className of ['nosuch', 'path', 'claims-path', 'undeclared', 'ghost']) {
      const validating = judgedBy(podRuntimeClass, podCreation('validating', podOf(className)), world);
      expect(judge(className)).toEqual(validating);
    }
  });

  test('finds the class of a template in its own place', () => {
    const { findings } = judgedBy(podRuntimeClass, templateReview(podOf('nosuch')), world);
    expect(findings).toMatchObject([
      {
        field: 'spec.template.spec.runtimeClassName',
        message: 'Deployment team/web -> RuntimeClass "nosuch": no such RuntimeClass.',
      },
    ]);
  });

  test('lets a pod that is there be, whatever became of its class', () => {
    for (const phase of ['mutating', 'validating'] as const) {
      for (const className of ['nosuch', 'path', 'undeclared']) {
        const review = podUpdate(phase, podOf(className), podOf(className));
        expect(judgedBy(podRuntimeClass, review, world)).toEqual({ findings: [] });
      }
    }
  });

  test('has nothing to say to a DELETE or a RuntimeClass', () => {
    const deletion = podCreation('validating', podOf('nosuch'), { operation: 'DELETE' });
    for (const review of [deletion, classReview(classOf('x', '/bin/sh'))]) {
      expect(judgedBy(podRuntimeClass, review, world)).toEqual({ findings: [] });
    }
  });
});

describe('where undeclaredHandlers is reported, a pod of a handler that nobody declares', () => {
  const nodes = [nodeOf('a', ['runc'], { labels: { pool: 'a' } }), nodeOf('b', ['runc'], { labels: { pool: 'b' } })];
  const around = (known: readonly Node[]) =>
    worldOf({
      configuration: { undeclaredHandlers: 'reported' },
      classes: [classOf('undeclared', 'spin'), classOf('selecting', 'spin', { nodeSelector: { pool: 'a' } })],
      nodes: known,
    });

  test.each<readonly [string, string, NonNullable<Pod['spec']>, readonly Node[], string]>([
    ['is denied where no node has it', 'undeclared', {}, nodes, 'none of the 2 nodes that the pod can use has it'],
    [
      'is denied by the nodes that it selects',
      'undeclared',
      { nodeSelector: { pool: 'a' } },
      [...nodes, nodeOf('c', ['spin'])],
      'the only node that the pod can use does not have it',
    ],
    ['is denied by those of its class', 'selecting', {}, nodes, 'the only node that the pod can use does not have it'],
  ])('%s', (_, className, spec, known, nodesAre) => {
    const pod = { ...podOf(className), spec: { ...podOf(className).spec, ...spec } };
    for (const phase of ['mutating', 'validating'] as const) {
      const { decision, findings } = verdictOn(podCreation(phase, pod), around(known));
      const undeclared = findings.filter(({ code }) => code === 'UndeclaredHandler').map(({ message }) => message);
      expect([decision, undeclared]).toEqual(['deny', [expect.stringContaining(`; ${nodesAre}.`)]]);
    }
    expect(verdictOn(templateReview(pod), around(known)).decision).toBe('allow');
  });

  test.each<readonly [string, NonNullable<Pod['spec']>, readonly Node[]]>([
    ['that selects a pool without nodes', { nodeSelector: { pool: 'at-zero' } }, nodes],
    ['while there is no node', {}, []],
    ['that names its node', { nodeName: 'a' }, nodes],
    ['that can use a node which does not report', {}, [...nodes, nodeOf('c', undefined)]],
    ['that can use a node which has it', {}, [...nodes, nodeOf('c', ['spin'])]],
    [
      'that does not tolerate the taints of the nodes',
      {},
      [nodeOf('a', ['runc'], { taints: [{ key: 'x', effect: 'NoSchedule' }] })],
    ],
  ])('is let in with a warning: one %s', (_, spec, known) => {
    const pod = { ...podOf('undeclared'), spec: { ...podOf('undeclared').spec, ...spec } };
    const { decision, told } = verdictOn(podCreation('mutating', pod), around(known));
    expect([decision, told.map(({ code }) => code)]).toEqual(['allow', ['UndeclaredHandler']]);
  });

  test('is no reason to deny its class: an installer makes that before its handler', () => {
    const { decision, told } = verdictOn(classReview(classOf('undeclared', 'spin')), around(nodes));
    expect([decision, told.map(({ code }) => code)]).toEqual(['allow', ['UndeclaredHandler']]);
  });
});
