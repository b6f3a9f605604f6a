import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../../src/generated/objects.ts';
import { podManagedAnnotations } from '../../../../src/policy/checks/pod-managed-annotations.ts';
import type { World } from '../../../../src/policy/world.ts';
import { judgedBy, verdictOn } from '../judged.ts';
import { annotatedFields, annotatedWorld, handlerKey, kataAnnotations, machineKey } from '../annotated-world.ts';
import { fromNode, mirrorAnnotation, podCreation, podOf } from '../review-of.ts';
import type { ConfigurationFields } from '../../../support/worlds/world-of.ts';

/** What the validating webhook says of a new pod, after all mutating webhooks had their turn. */
function judged(pod: Pod, world: World = annotatedWorld()) {
  const { findings, edits } = judgedBy(podManagedAnnotations, podCreation('validating', pod), world);
  expect(edits).toBeUndefined();
  return findings.map(({ code, severity, field }) => `${code} ${severity} ${field}`);
}

function wrong(key: string): string {
  return `ManagedAnnotationWrong error metadata.annotations[${key}]`;
}

const missing = 'ManagedAnnotationMissing warning metadata.annotations';

describe('a new pod passes', () => {
  test.each<readonly [string, Pod]>([
    ['with all that was written', podOf('vm', kataAnnotations)],
    ['with annotations of its own beside', podOf('vm', { ...kataAnnotations, note: 'mine', constructor: 'x' })],
    ['without class and annotations', podOf(undefined)],
    ['without class, with null for annotations', { metadata: { annotations: null }, spec: { runtimeClassName: null } }],
    ['whose class is not known, which is for another policy to say', podOf('nosuch', { [handlerKey]: 'x' })],
  ])('%s', (_, pod) => {
    expect(judged(pod)).toEqual([]);
  });

  test('with a handler of its own, where that annotation is turned off', () => {
    const { [handlerKey]: _, ...others } = kataAnnotations;
    const world = annotatedWorld({ runtimeHandlerAnnotation: false });
    expect(judged(podOf('vm', { ...others, [handlerKey]: 'mine' }), world)).toEqual([]);
  });
});

describe('a new pod is denied', () => {
  test.each<readonly [string, Pod, readonly string[]]>([
    ['a wrong handler', podOf('vm', { ...kataAnnotations, [handlerKey]: 'runc' }), [wrong(handlerKey)]],
    ["a wrong value of the entry's", podOf('vm', { ...kataAnnotations, [machineKey]: 'virt' }), [wrong(machineKey)]],
    [
      'a value where there is nothing to say',
      podOf('reported', { [handlerKey]: 'listed', 'shimgate.dev/source': 'node', 'shimgate.dev/runtime-type': 'a.b' }),
      [wrong('shimgate.dev/runtime-type')],
    ],
    ['a value though it has no class', podOf(undefined, { [handlerKey]: 'runc' }), [wrong(handlerKey)]],
    [
      'several wrong values',
      podOf('vm', { ...kataAnnotations, [handlerKey]: 'a', 'shimgate.dev/options': '{}' }),
      [wrong(handlerKey), wrong('shimgate.dev/options')],
    ],
    ['a wrong value, where others are missing', podOf('vm', { [handlerKey]: 'runc' }), [wrong(handlerKey), missing]],
  ])('for %s', (_, pod, expected) => {
    expect(judged(pod)).toEqual(expected);
    expect(verdictOn(podCreation('validating', pod), annotatedWorld()).decision).toBe('deny');
  });

  test('with what is wrong, and what would be right', () => {
    const pod = podOf('stock', { [handlerKey]: 'kata', 'shimgate.dev/runtime-path': '/bin/sh' });
    const { findings } = judgedBy(podManagedAnnotations, podCreation('validating', pod), annotatedWorld());
    expect(findings.map(({ message }) => message)).toEqual([
      'Pod team/web: annotation io.containerd.cri.runtime-handler: "kata" was written by a later webhook; it must be "runc".',
      'Pod team/web: annotation shimgate.dev/runtime-path: "/bin/sh" was written by a later webhook; only shimgate writes this key.',
      'Pod team/web: its class did not reach the mutating webhook, so it lacks shimgate.dev/runtime-type, shimgate.dev/shim-binary, shimgate.dev/options, shimgate.dev/source.',
    ]);
  });
});

describe('what is missing', () => {
  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['altogether', {}],
    ['in part', { [handlerKey]: 'kata' }],
  ])('%s is only warned about', (_, annotations) => {
    expect(judged(podOf('vm', annotations))).toEqual([missing]);
    expect(verdictOn(podCreation('validating', podOf('vm', annotations)), annotatedWorld())).toMatchObject({
      decision: 'allow',
      told: [{ code: 'ManagedAnnotationMissing' }],
    });
  });
});

describe('what was written by a configuration that was in force until a moment ago', () => {
  const now: ConfigurationFields = annotatedFields({ injectedAnnotations: ['source'] });
  const world = (...recent: readonly ConfigurationFields[]) => annotatedWorld(now, { configuration: now, recent });
  const before = annotatedFields({ runtimes: { kata: { runtimeType: 'io.containerd.kata.v1' } } });
  const byOld = {
    [handlerKey]: 'kata',
    'shimgate.dev/runtime-type': 'io.containerd.kata.v1',
    'shimgate.dev/shim-binary': 'containerd-shim-kata-v1',
    'shimgate.dev/source': 'configured',
  };

  test('passes, whichever of the recent ones it was', () => {
    expect(judged(podOf('vm', byOld), world(before))).toEqual([]);
    expect(judged(podOf('vm', byOld), world(annotatedFields(), before))).toEqual([]);
    expect(judged(podOf('vm', kataAnnotations), world(annotatedFields(), before))).toEqual([]);
  });

  test('is wrong once that configuration is forgotten', () => {
    expect(judged(podOf('vm', byOld), world())).toEqual([
      wrong('shimgate.dev/runtime-type'),
      wrong('shimgate.dev/shim-binary'),
      missing,
    ]);
  });

  test('is wrong where no configuration would have written it', () => {
    const annotations = { ...byOld, 'shimgate.dev/runtime-type': 'io.containerd.mine.v1' };
    expect(judged(podOf('vm', annotations), world(before))).toEqual([wrong('shimgate.dev/runtime-type')]);
  });

  test('passes where that one left a key to users', () => {
    const off = annotatedFields({ runtimeHandlerAnnotation: false, injectedAnnotations: [] });
    expect(judged(podOf('vm', { [handlerKey]: 'mine', [machineKey]: 'q35' }), world(off))).toEqual([]);
  });

  test('is replaced without a word, where all of it is there and no configuration is forgotten', () => {
    const replaced = (annotations: Readonly<Record<string, string>>, around: ReturnType<typeof world>) =>
      judgedBy(podManagedAnnotations, podCreation('mutating', podOf('vm', annotations)), around).findings.length;
    expect(replaced(byOld, world(before))).toBe(0);
    expect(replaced(byOld, world(annotatedFields(), before))).toBe(0);
    expect(replaced({ ...byOld, 'shimgate.dev/options': '{}' }, world(before))).toBe(1);
    expect(replaced({ ...byOld, 'shimgate.dev/source': 'mine' }, world(before))).toBe(3);
    expect(replaced(byOld, world())).toBe(2);
  });

  test('the mutating webhook writes by the present one alone', () => {
    const { edits } = judgedBy(podManagedAnnotations, podCreation('mutating', podOf('vm', byOld)), world(before));
    expect(Object.fromEntries(edits ?? [])).toEqual({
      'shimgate.dev/runtime-type': null,
      'shimgate.dev/shim-binary': null,
      [machineKey]: 'q35',
    });
  });
});

describe("a node's mirror pod", () => {
  const pod = (annotations: Readonly<Record<string, string>>) => podOf('vm', { ...mirrorAnnotation, ...annotations });

  test('is let in with a wrong value, which is told', () => {
    const review = podCreation('validating', pod({ ...kataAnnotations, [handlerKey]: 'runc' }), fromNode);
    expect(verdictOn(review, annotatedWorld())).toMatchObject({
      decision: 'would-deny',
      told: [{ code: 'ManagedAnnotationWrong', severity: 'error' }],
    });
  });

  test('lacks nothing: shimgate would not have written to it', () => {
    expect(verdictOn(podCreation('validating', pod({}), fromNode), annotatedWorld())).toMatchObject({
      decision: 'allow',
      findings: [],
    });
  });

  test('is denied where its maker is no node: anybody can write the annotation', () => {
    const review = podCreation('validating', pod({ ...kataAnnotations, [handlerKey]: 'runc' }));
    expect(verdictOn(review, annotatedWorld()).decision).toBe('deny');
    expect(judged(pod({}))).toEqual([missing]);
  });
});
