import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../../src/generated/objects.ts';
import { podManagedAnnotations } from '../../../../src/policy/checks/pod-managed-annotations.ts';
import type { World } from '../../../../src/policy/world.ts';
import { judgedBy, verdictOn } from '../judged.ts';
import { annotatedFields, annotatedWorld, handlerKey, kataAnnotations, machineKey } from '../annotated-world.ts';
import { podUpdate, podOf } from '../review-of.ts';
import { classOf, worldOf } from '../../../support/worlds/world-of.ts';

type Annotations = Readonly<Record<string, string>>;

type Values = Readonly<Record<string, string | null>>;

/** What both webhooks make of an update of a pod that is there: what one restores, the other refuses. */
function updated(pod: Pod, old: Pod, world: World = annotatedWorld()) {
  const mutating = judgedBy(podManagedAnnotations, podUpdate('mutating', pod, old), world);
  const validating = judgedBy(podManagedAnnotations, podUpdate('validating', pod, old), world);
  expect(validating.edits).toBeUndefined();
  return {
    restored: Object.fromEntries(mutating.edits ?? []),
    told: mutating.findings.map(({ code, severity }) => `${code} ${severity}`),
    refused: validating.findings.map(({ code, severity, field }) => `${code} ${severity} ${field}`),
  };
}

const unnoticed = { restored: {}, told: [], refused: [] };

/** Worlds in which today's answer for a pod of class `vm` is another than it was, or none. */
const laterWorlds: readonly (readonly [string, World])[] = [
  ['the runtime was configured otherwise', annotatedWorld({ runtimes: { kata: { path: '/usr/bin/other' } } })],
  ['the runtime is gone from the table', annotatedWorld({ runtimes: {}, undeclaredHandlers: 'deny' })],
  [
    'the class has another handler',
    annotatedWorld({}, { configuration: annotatedFields(), classes: [classOf('vm', 'runc')] }),
  ],
  ['the class has a path for a handler', worldOf({ classes: [classOf('vm', '/bin/sh')] })],
  ['the class was deleted', worldOf({ configuration: annotatedFields() })],
  ['other annotations are chosen', annotatedWorld({ injectedAnnotations: [], runtimeHandlerAnnotation: false })],
];

describe('an update that changes no managed annotation passes unnoticed where', () => {
  const was: Annotations = { ...kataAnnotations, note: 'mine' };

  test.each<readonly [string, World]>([['nothing else changed', annotatedWorld()], ...laterWorlds])(
    '%s',
    (_, world) => {
      expect(updated(podOf('vm', was), podOf('vm', was), world)).toEqual(unnoticed);
      expect(updated(podOf('vm', { ...was, note: 'other', more: 'x' }), podOf('vm', was), world)).toEqual(unnoticed);
      expect(updated(podOf('vm', kataAnnotations), podOf('vm', was), world)).toEqual(unnoticed);
      expect(updated(podOf('vm'), podOf('vm'), world)).toEqual(unnoticed);
    },
  );

  test('its values were never right', () => {
    const forged = { [handlerKey]: 'forged', 'shimgate.dev/source': 'forged', [machineKey]: 'forged' };
    expect(updated(podOf('vm', forged), podOf('vm', forged))).toEqual(unnoticed);
    expect(updated(podOf(undefined, forged), podOf(undefined, forged))).toEqual(unnoticed);
  });

  test('annotations that are null were absent, or empty', () => {
    const nulls: Pod = { metadata: { annotations: null }, spec: { runtimeClassName: 'vm' } };
    expect(updated(nulls, podOf('vm'))).toEqual(unnoticed);
    expect(updated(podOf('vm', {}), nulls)).toEqual(unnoticed);
  });
});

describe('an update of a managed annotation is restored by the one webhook, else refused by the other:', () => {
  const was = kataAnnotations;
  const { [handlerKey]: _handler, ...withoutHandler } = was;

  test.each<readonly [string, Pod, Pod, Values]>([
    ['a changed value', podOf('vm', { ...was, [handlerKey]: 'runc' }), podOf('vm', was), { [handlerKey]: 'kata' }],
    ['a removed value', podOf('vm', withoutHandler), podOf('vm', was), { [handlerKey]: 'kata' }],
    ['an added value', podOf('vm', was), podOf('vm', withoutHandler), { [handlerKey]: null }],
    [
      'an added value of a pod without a class',
      podOf(undefined, was),
      podOf(undefined, { [machineKey]: 'q35' }),
      {
        ...Object.fromEntries(
          Object.keys(withoutHandler)
            .filter((key) => key !== machineKey)
            .map((key) => [key, null]),
        ),
        [handlerKey]: null,
      },
    ],
    [
      "a value of the entry's own",
      podOf('vm', { ...was, [machineKey]: 'virt' }),
      podOf('vm', was),
      { [machineKey]: 'q35' },
    ],
    [
      'a value that was wrong before',
      podOf('vm', was),
      podOf('vm', { ...was, [handlerKey]: 'forged' }),
      { [handlerKey]: 'forged' },
    ],
    ['all of them at once', podOf('vm'), podOf('vm', was), was],
    ['to null', { metadata: { annotations: null }, spec: { runtimeClassName: 'vm' } }, podOf('vm', was), was],
  ])('%s', (_, pod, old, restored) => {
    const keys = Object.keys(restored);
    const outcome = updated(pod, old);
    expect(outcome.restored).toEqual(restored);
    expect(outcome.told).toEqual(keys.map(() => 'ManagedAnnotationRestored warning'));
    expect(outcome.refused.toSorted()).toEqual(
      keys.map((key) => `ManagedAnnotationChanged error metadata.annotations[${key}]`).toSorted(),
    );
  });

  test.each(laterWorlds.slice(0, 5))('to the old value, not to one of today: %s', (_, world) => {
    const outcome = updated(podOf('vm', { ...was, [handlerKey]: 'runc' }), podOf('vm', was), world);
    expect(outcome.restored).toEqual({ [handlerKey]: 'kata' });
    expect(outcome.refused).toHaveLength(1);
  });

  test('with what it was and what it would have been', () => {
    const pod = podOf('vm', { ...withoutHandler, 'shimgate.dev/source': 'mine' });
    const old = podOf('vm', { ...was, 'shimgate.dev/source': 'stock' });
    const messages = (phase: 'mutating' | 'validating') =>
      judgedBy(podManagedAnnotations, podUpdate(phase, pod, old), annotatedWorld()).findings.map(
        ({ message }) => message,
      );
    expect(messages('mutating')).toEqual([
      'Pod team/web: annotation io.containerd.cri.runtime-handler: its removal is undone, it is set back to "kata": it is fixed when the pod is created.',
      'Pod team/web: annotation shimgate.dev/source: "mine" is set back to "stock": it is fixed when the pod is created.',
    ]);
    expect(messages('validating')).toEqual([
      'Pod team/web: annotation io.containerd.cri.runtime-handler: it may not change from "kata" to nothing.',
      'Pod team/web: annotation shimgate.dev/source: it may not change from "stock" to "mine".',
    ]);
  });

  test('in every mode it is restored; only where the mode enforces it is refused', () => {
    const [pod, old] = [podOf('vm', { ...was, [handlerKey]: 'runc' }), podOf('vm', was)];
    for (const [mode, decision] of [
      ['enforce', 'deny'],
      ['warn', 'would-deny'],
      ['audit', 'would-deny'],
    ] as const) {
      const world = annotatedWorld({ mode });
      expect(verdictOn(podUpdate('mutating', pod, old), world)).toMatchObject({
        decision: 'allow',
        edits: new Map([[handlerKey, 'kata']]),
      });
      expect(verdictOn(podUpdate('validating', pod, old), world).decision).toBe(decision);
    }
  });
});

describe("an update may change, since it is the user's,", () => {
  test.each<readonly [string, World, string | undefined, Annotations]>([
    [
      'a handler of his own, where that annotation is turned off',
      annotatedWorld({ runtimeHandlerAnnotation: false }),
      'vm',
      { [handlerKey]: 'mine' },
    ],
    ["a key of another runtime's entry", annotatedWorld(), 'stock', { [machineKey]: 'mine' }],
    ['a key of an entry, without a class', annotatedWorld(), undefined, { [machineKey]: 'mine' }],
    ["keys named as a prototype's", annotatedWorld(), 'vm', { constructor: 'x', toString: 'y' }],
  ])('%s', (_, world, className, annotations) => {
    expect(updated(podOf(className, annotations), podOf(className, {}), world)).toEqual(unnoticed);
    expect(updated(podOf(className), podOf(className, annotations), world)).toEqual(unnoticed);
  });
});

describe('an update of a pod that goes away', () => {
  const old = podOf('vm', kataAnnotations);
  const world = annotatedWorld();
  const updated = (annotations: Readonly<Record<string, string>>, parts: NonNullable<Pod['metadata']> = {}) => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', ...parts, annotations };
    return (['mutating', 'validating'] as const).map((phase) => {
      const { decision, findings, edits } = verdictOn(podUpdate(phase, { ...old, metadata }, old), world);
      return [decision, findings.map(({ code }) => code), [...edits]];
    });
  };

  test('is let through with other finalizers, labels and annotations, also guarded ones', () => {
    const guarded = { 'io.katacontainers.config.hypervisor.path': '/x', note: 'y' };
    for (const parts of [{ labels: { a: 'b' } }, { deletionTimestamp: null }])
      expect(updated(kataAnnotations, parts)).toEqual([
        ['allow', [], []],
        ['allow', [], []],
      ]);
    expect(updated({ ...kataAnnotations, ...guarded })).toEqual([
      ['allow', [], []],
      ['allow', [], []],
    ]);
  });

  test.each<readonly [string, Readonly<Record<string, string>>, string, string | null]>([
    ['may not change what says which shim runs it', { ...kataAnnotations, [handlerKey]: 'x' }, handlerKey, 'kata'],
    ['may not bring such a key', { ...kataAnnotations, 'shimgate.dev/new': 'x' }, 'shimgate.dev/new', null],
  ])('%s', (_, annotations, key, before) => {
    expect(updated(annotations)).toEqual([
      ['allow', ['ManagedAnnotationRestored'], [[key, before]]],
      ['deny', ['ManagedAnnotationChanged'], []],
    ]);
  });
});
