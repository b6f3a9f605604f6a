import { describe, expect, test } from '@jest/globals';
import jsonPatch from 'fast-json-patch';
import { applyVerdict, encodedPatch, verdictPatch } from '../../../src/admission/annotation-patch.ts';
import type { Pod } from '../../../src/generated/objects.ts';
import { evaluate, type Verdict } from '../../../src/policy/evaluate.ts';
import { annotatedWorld } from '../policy/annotated-world.ts';
import { podCreation, podOf } from '../policy/review-of.ts';

type Edits = Readonly<Record<string, string | null>>;

const verdict: Verdict = {
  decision: 'allow',
  mode: 'enforce',
  exemption: undefined,
  findings: [],
  told: [],
  edits: new Map(),
  patch: undefined,
  defaultClass: undefined,
  shim: undefined,
};

/** The pod as it is once a verdict was applied. */
function applied(pod: Pod, given: Verdict): unknown {
  const { subject } = applyVerdict(podCreation('mutating', pod), given);
  return subject.kind === 'Pod' ? subject.pod : undefined;
}

function patchOf(pod: Pod, given: Verdict): readonly object[] {
  return verdictPatch(podCreation('mutating', pod), given);
}

/** What an independent library makes of our patch. */
function patched(object: object, patch: readonly object[]): unknown {
  const document = structuredClone(object);
  return jsonPatch.applyPatch(document, structuredClone(patch) as jsonPatch.Operation[], true).newDocument;
}

const rows: readonly (readonly [string, Pod, Edits, readonly object[], object])[] = [
  ['nothing to do', { metadata: { annotations: { a: 'b' } } }, {}, [], { metadata: { annotations: { a: 'b' } } }],
  [
    'no metadata',
    { spec: {} },
    { a: 'b', c: 'd' },
    [{ op: 'add', path: '/metadata', value: { annotations: { a: 'b', c: 'd' } } }],
    { spec: {}, metadata: { annotations: { a: 'b', c: 'd' } } },
  ],
  [
    'metadata that are null',
    { metadata: null },
    { a: 'b' },
    [{ op: 'add', path: '/metadata', value: { annotations: { a: 'b' } } }],
    { metadata: { annotations: { a: 'b' } } },
  ],
  [
    'no annotations',
    { metadata: { name: 'x' } },
    { a: 'b', gone: null },
    [{ op: 'add', path: '/metadata/annotations', value: { a: 'b' } }],
    { metadata: { name: 'x', annotations: { a: 'b' } } },
  ],
  [
    'annotations that are null',
    { metadata: { name: 'x', annotations: null } },
    { a: 'b' },
    [{ op: 'add', path: '/metadata/annotations', value: { a: 'b' } }],
    { metadata: { name: 'x', annotations: { a: 'b' } } },
  ],
  ['nothing to remove, without metadata', {}, { a: null }, [], {}],
  [
    'nothing to remove, of null',
    { metadata: { annotations: null } },
    { a: null },
    [],
    { metadata: { annotations: null } },
  ],
  [
    'nothing to remove, of others',
    { metadata: { annotations: { b: '' } } },
    { a: null },
    [],
    { metadata: { annotations: { b: '' } } },
  ],
  [
    "nothing to remove, named as a prototype's",
    { metadata: { annotations: {} } },
    { toString: null },
    [],
    { metadata: { annotations: {} } },
  ],
  [
    'some to add, replace and remove',
    { metadata: { annotations: { old: '1', gone: '2', kept: '3' } } },
    { new: 'a', old: 'b', gone: null },
    [
      { op: 'add', path: '/metadata/annotations/new', value: 'a' },
      { op: 'add', path: '/metadata/annotations/old', value: 'b' },
      { op: 'remove', path: '/metadata/annotations/gone' },
    ],
    { metadata: { annotations: { old: 'b', kept: '3', new: 'a' } } },
  ],
  [
    'the last one to remove',
    { metadata: { annotations: { gone: '2' } } },
    { gone: null },
    [{ op: 'remove', path: '/metadata/annotations/gone' }],
    { metadata: { annotations: {} } },
  ],
  [
    'a slash in the key',
    { metadata: { annotations: { 'a/b': '1' } } },
    { 'shimgate.dev/source': 'x', 'a/b': null },
    [
      { op: 'add', path: '/metadata/annotations/shimgate.dev~1source', value: 'x' },
      { op: 'remove', path: '/metadata/annotations/a~1b' },
    ],
    { metadata: { annotations: { 'shimgate.dev/source': 'x' } } },
  ],
  [
    'tildes in the key',
    { metadata: { annotations: { '~1': '1' } } },
    { '~1': '2', 'a~/~b': '3', '~': '4' },
    [
      { op: 'add', path: '/metadata/annotations/~01', value: '2' },
      { op: 'add', path: '/metadata/annotations/a~0~1~0b', value: '3' },
      { op: 'add', path: '/metadata/annotations/~0', value: '4' },
    ],
    { metadata: { annotations: { '~1': '2', 'a~/~b': '3', '~': '4' } } },
  ],
  [
    'an empty key, and an empty value',
    { metadata: { annotations: {} } },
    { '': '' },
    [{ op: 'add', path: '/metadata/annotations/', value: '' }],
    { metadata: { annotations: { '': '' } } },
  ],
];

describe('annotations are patched where there is', () => {
  test.each(rows)('%s', (_, object, edits, patch, expected) => {
    const before = structuredClone(object);
    const given = { ...verdict, edits: new Map(Object.entries(edits)) };
    expect(patchOf(object, given)).toEqual(patch);
    if (patch.length > 0) expect(applied(object, given)).toEqual(expected);
    expect(patched(object, patch)).toEqual(expected);
    expect(object).toEqual(before);
  });

  test('a key like a list index: it is a key all the same', () => {
    const edits = new Map([
      ['-', '1'],
      ['0', '2'],
    ]);
    const object = { metadata: { annotations: {} } };
    expect(patched(object, patchOf(object, { ...verdict, edits }))).toEqual({
      metadata: { annotations: { '-': '1', '0': '2' } },
    });
  });
});

describe('a default class is patched', () => {
  const withClass: Verdict = { ...verdict, defaultClass: 'vm', edits: new Map([['a', 'b']]) };

  test.each<readonly [string, Pod, object]>([
    ['into a spec', { spec: { hostPID: true } }, { spec: { hostPID: true, runtimeClassName: 'vm' } }],
    ['into a spec whose class is empty', { spec: { runtimeClassName: '' } }, { spec: { runtimeClassName: 'vm' } }],
    ['into a spec whose class is null', { spec: { runtimeClassName: null } }, { spec: { runtimeClassName: 'vm' } }],
    ['where there is no spec', {}, { spec: { runtimeClassName: 'vm' } }],
  ])('%s, beside the annotations', (_, object, expected) => {
    const whole = { ...expected, metadata: { annotations: { a: 'b' } } };
    expect(patched(object, patchOf(object, withClass))).toEqual(whole);
    expect(applied(object, withClass)).toEqual(whole);
  });

  test('not where there is none', () => {
    const object = { spec: {} };
    expect(patchOf(object, verdict)).toEqual([]);
    expect(applied(object, verdict)).toBe(object);
  });
});

describe('the patch of a class', () => {
  const world = annotatedWorld();
  const encode = (pod: Pod) => {
    const review = podCreation('mutating', pod);
    return encodedPatch(review, evaluate(review, 'mutating', world));
  };

  test('is made once, for all of its pods that have no annotations', () => {
    const { expected } = world.followClass('vm') ?? {};
    expect(expected?.patch.encoded).toBeUndefined();
    const first = encode(podOf('vm'));
    expect(first).toBeDefined();
    expect(expected?.patch.encoded).toBe(first);
    expect(encode({ ...podOf('vm'), metadata: { name: 'other', annotations: null } })).toBe(first);
  });

  test.each<readonly [string, Pod]>([
    ['has annotations', podOf('vm', { note: 'x' })],
    ['has an empty list of them', podOf('vm', {})],
    ['has no metadata', { spec: { runtimeClassName: 'vm' } }],
    ['is of another class', podOf('stock')],
  ])('is not that of a pod which %s', (_, pod) => {
    expect(encode(pod)).not.toBe(encode(podOf('vm')));
  });

  test('is not that of a pod which gets its class by default', () => {
    const ruled = annotatedWorld({ namespaceRules: [{ defaultRuntimeClassName: 'vm' }] });
    const review = podCreation('mutating', podOf(undefined));
    expect(encodedPatch(review, evaluate(review, 'mutating', ruled))).not.toBe(encode(podOf('vm')));
    expect(ruled.followClass('vm')?.expected?.patch.encoded).toBeUndefined();
  });
});
