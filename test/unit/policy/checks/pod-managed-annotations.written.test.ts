import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../../src/generated/objects.ts';
import { podManagedAnnotations } from '../../../../src/policy/checks/pod-managed-annotations.ts';
import { judgedBy, type PhasedReview } from '../judged.ts';
import { annotatedWorld, handlerKey, kataAnnotations, machineKey } from '../annotated-world.ts';
import { classReview, fromNode, mirrorAnnotation, podCreation, podOf } from '../review-of.ts';
import { classOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';

type Values = Readonly<Record<string, string | null>>;

/** What the mutating webhook does to a new pod: a value under each key, or null where it removes the key. */
function written(pod: Pod, fields: ConfigurationFields = {}) {
  const { edits, findings } = judgedBy(podManagedAnnotations, podCreation('mutating', pod), annotatedWorld(fields));
  return { edits: Object.fromEntries(edits ?? []), told: findings.map(({ code, severity }) => `${code} ${severity}`) };
}

describe('a new pod gets', () => {
  test.each<readonly [string, string | undefined, ConfigurationFields, Values]>([
    ['all that is known of a configured runtime', 'vm', {}, kataAnnotations],
    [
      'what is known of a stock runtime',
      'stock',
      {},
      {
        [handlerKey]: 'runc',
        'shimgate.dev/runtime-type': 'io.containerd.runc.v2',
        'shimgate.dev/shim-binary': 'containerd-shim-runc-v2',
        'shimgate.dev/options': '{"BinaryName":"runc"}',
        'shimgate.dev/source': 'stock',
      },
    ],
    [
      'what its class declares',
      'declared',
      {},
      {
        [handlerKey]: 'spin',
        'shimgate.dev/runtime-type': 'io.containerd.spin.v2',
        'shimgate.dev/shim-binary': 'containerd-shim-spin-v2',
        'shimgate.dev/source': 'class',
      },
    ],
    [
      'handler and source, where only nodes know the handler',
      'reported',
      {},
      { [handlerKey]: 'listed', 'shimgate.dev/source': 'node' },
    ],
    ['the handler alone, where nothing is known of it', 'unknown', {}, { [handlerKey]: 'nobody-knows' }],
    ['nothing, where it has no class', undefined, {}, {}],
    ['nothing, where its class is the empty one', '', {}, {}],
    ['nothing, where its class is not known', 'nosuch', {}, {}],
    [
      "all but the runtime handler's, where that is turned off",
      'stock',
      { runtimeHandlerAnnotation: false, injectedAnnotations: ['source'] },
      { 'shimgate.dev/source': 'stock' },
    ],
    [
      "what was chosen, and always its runtime's own",
      'vm',
      { injectedAnnotations: ['runtime-type'] },
      { [handlerKey]: 'kata', 'shimgate.dev/runtime-type': 'io.containerd.kata.v2', [machineKey]: 'q35' },
    ],
    [
      "its runtime's own alone, where nothing was chosen",
      'vm',
      { runtimeHandlerAnnotation: false, injectedAnnotations: [] },
      { [machineKey]: 'q35' },
    ],
  ])('%s', (_, className, fields, edits) => {
    const bare = podOf(className);
    for (const pod of [
      bare,
      podOf(className, {}),
      { ...bare, metadata: { annotations: null } },
      { spec: bare.spec ?? {} },
    ]) {
      expect(written(pod, fields)).toEqual({ edits, told: [] });
    }
  });

  test('nothing where there is nothing to change: the own annotations of a user stay', () => {
    expect(written(podOf('vm', { ...kataAnnotations, note: 'mine' }))).toEqual({ edits: {}, told: [] });
  });

  test('what it lacks alone, without a word', () => {
    const { [machineKey]: _, ...others } = kataAnnotations;
    expect(written(podOf('vm', others))).toEqual({ edits: { [machineKey]: 'q35' }, told: [] });
  });
});

describe("a user's own value under a managed key is", () => {
  test.each<readonly [string, string | undefined, ConfigurationFields, Readonly<Record<string, string>>, Values]>([
    ['replaced: the handler', 'vm', {}, { [handlerKey]: 'runc' }, { [handlerKey]: 'kata' }],
    ['replaced: an empty value', 'vm', {}, { [handlerKey]: '' }, { [handlerKey]: 'kata' }],
    ["replaced: one of the entry's own", 'vm', {}, { [machineKey]: 'virt' }, { [machineKey]: 'q35' }],
    [
      'replaced: options that say the same in other words',
      'vm',
      {},
      { 'shimgate.dev/options': '{ "ConfigPath": "/opt/kata/qemu.toml" }' },
      { 'shimgate.dev/options': '{"ConfigPath":"/opt/kata/qemu.toml"}' },
    ],
    [
      'removed: where there is nothing to say',
      'stock',
      {},
      { 'shimgate.dev/runtime-path': '/bin/sh' },
      { 'shimgate.dev/runtime-path': null },
    ],
    ['removed: where the pod has no class', undefined, {}, { [handlerKey]: 'kata' }, { [handlerKey]: null }],
    [
      'removed: where the class is the empty one',
      '',
      {},
      { 'shimgate.dev/source': 'stock' },
      { 'shimgate.dev/source': null },
    ],
    [
      'removed: where the admin chose not to write it',
      'vm',
      { injectedAnnotations: [] },
      { 'shimgate.dev/source': 'configured' },
      { 'shimgate.dev/source': null },
    ],
    [
      'replaced and removed: several at once',
      'declared',
      {},
      { [handlerKey]: 'x', 'shimgate.dev/source': 'x', 'shimgate.dev/options': 'x' },
      { [handlerKey]: 'spin', 'shimgate.dev/source': 'class', 'shimgate.dev/options': null },
    ],
  ])('%s, with a warning', (_, className, fields, own, edits) => {
    const bare = written(podOf(className), fields).edits;
    expect(written(podOf(className, own), fields)).toEqual({
      edits: { ...bare, ...edits },
      told: Object.keys(own).map(() => 'ManagedAnnotationReplaced warning'),
    });
  });

  test.each<readonly [string, string | undefined, ConfigurationFields, Readonly<Record<string, string>>]>([
    [
      'the handler, where that annotation is turned off',
      'vm',
      { runtimeHandlerAnnotation: false },
      { [handlerKey]: 'mine' },
    ],
    [
      'the handler, turned off, of a pod without a class',
      undefined,
      { runtimeHandlerAnnotation: false },
      { [handlerKey]: 'mine' },
    ],
    ["a key of another runtime's entry", 'stock', {}, { [machineKey]: 'mine' }],
    ['a key of an entry, of a pod without a class', undefined, {}, { [machineKey]: 'mine' }],
    [
      'keys that look like ours',
      'vm',
      {},
      { 'SHIMGATE.dev/source': 'x', 'shimgate.devs/x': 'x', 'x.shimgate.dev/x': 'x', source: 'x' },
    ],
    ["keys named as a prototype's", 'vm', {}, { constructor: 'x', toString: 'x' }],
    ['everything, where its class is not known', 'nosuch', {}, kataAnnotations],
  ])('left alone: %s', (_, className, fields, own) => {
    const bare = written(podOf(className), fields);
    expect(written(podOf(className, own), fields)).toEqual(bare);
  });

  test('told with what it was, what it is now, and where', () => {
    const pod = podOf('stock', { [handlerKey]: 'ku\u001bta', 'shimgate.dev/runtime-path': '/bin/sh' });
    const { findings } = judgedBy(podManagedAnnotations, podCreation('mutating', pod), annotatedWorld());
    expect(findings.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'metadata.annotations[io.containerd.cri.runtime-handler]: Pod team/web: annotation io.containerd.cri.runtime-handler: "ku\\u001bta" is replaced by "runc".',
      'metadata.annotations[shimgate.dev/runtime-path]: Pod team/web: annotation shimgate.dev/runtime-path: "/bin/sh" is removed: only shimgate writes this key.',
    ]);
  });
});

describe("every key under shimgate.dev/ is shimgate's:", () => {
  test.each<readonly [string, string | undefined]>([
    ['of a pod with a class', 'vm'],
    ['of a pod without one', undefined],
    ['of a pod whose class leads to no table', 'declared'],
  ])('what a user wrote there is removed, %s', (_, className) => {
    const own = {
      'shimgate.dev/note': 'mine',
      'shimgate.dev/declared-runtime-type': '/bin/sh',
      'shimgate.dev/mode': '',
    };
    const bare = written(podOf(className)).edits;
    expect(written(podOf(className, own))).toEqual({
      edits: { ...bare, ...Object.fromEntries(Object.keys(own).map((key) => [key, null])) },
      told: Object.keys(own).map(() => 'ManagedAnnotationReplaced warning'),
    });
  });

  test('of thousands, all are removed, sixteen are told, and the others counted', () => {
    const own = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`shimgate.dev/x${index}`, 'y']));
    const { edits, findings } = judgedBy(
      podManagedAnnotations,
      podCreation('mutating', podOf(undefined, own)),
      annotatedWorld(),
    );
    expect(edits?.size).toBe(5000);
    expect(findings).toHaveLength(17);
    expect(findings.at(-1)).toMatchObject({
      code: 'ManagedAnnotationReplaced',
      severity: 'warning',
      field: 'metadata.annotations',
      message: 'Pod team/web: the same holds for 4984 more of its annotations.',
    });
  });
});

describe('nothing is written', () => {
  test.each<readonly [string, PhasedReview]>([
    ["to a node's mirror pod: it runs already", podCreation('mutating', podOf('vm', mirrorAnnotation), fromNode)],
    ['to a RuntimeClass', classReview(classOf('vm', 'kata'))],
    ['on DELETE', podCreation('mutating', podOf('vm'), { operation: 'DELETE' })],
    ['on CONNECT', podCreation('mutating', podOf('vm'), { operation: 'CONNECT' })],
    ['by the validating webhook', podCreation('validating', podOf('vm', { [handlerKey]: 'wrong' }))],
  ])('%s', (_, review) => {
    expect(judgedBy(podManagedAnnotations, review, annotatedWorld()).edits).toBeUndefined();
  });

  test('unless a pod only says that it is a mirror pod, or only its maker is a node', () => {
    for (const review of [
      podCreation('mutating', podOf('vm', mirrorAnnotation)),
      podCreation('mutating', podOf('vm', mirrorAnnotation), { groups: ['system:nodes-of-mine'] }),
      podCreation('mutating', podOf('vm'), fromNode),
    ]) {
      const { edits } = judgedBy(podManagedAnnotations, review, annotatedWorld());
      expect(Object.fromEntries(edits ?? [])).toEqual(kataAnnotations);
    }
  });
});
