import { describe, expect, test } from '@jest/globals';
import jsonPatch from 'fast-json-patch';
import { annotationPatch, applyEdits, applyVerdict, verdictPatch } from '../../../src/admission/annotation-patch.ts';
import type { Verdict } from '../../../src/policy/evaluate.ts';

type Edits = Readonly<Record<string, string | null>>;

const verdict: Verdict = {
  decision: 'allow',
  mode: 'enforce',
  exemption: undefined,
  findings: [],
  told: [],
  edits: new Map(),
  defaultClass: undefined,
  shim: undefined,
};

/** What an independent library makes of our patch. */
function patched(object: object, patch: readonly object[]): unknown {
  const document = structuredClone(object);
  return jsonPatch.applyPatch(document, structuredClone(patch) as jsonPatch.Operation[], true).newDocument;
}

const rows: readonly (readonly [string, object, Edits, readonly object[], object])[] = [
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
    const map = new Map(Object.entries(edits));
    expect(annotationPatch(object, map)).toEqual(patch);
    expect(applyEdits(object, map)).toEqual(expected);
    expect(patched(object, patch)).toEqual(expected);
    expect(object).toEqual(before);
  });

  test('a key like a list index: it is a key all the same', () => {
    const map = new Map([
      ['-', '1'],
      ['0', '2'],
    ]);
    const object = { metadata: { annotations: {} } };
    expect(patched(object, annotationPatch(object, map))).toEqual({
      metadata: { annotations: { '-': '1', '0': '2' } },
    });
  });

  test('something that is no object: it is replaced as a whole', () => {
    expect(annotationPatch(null, new Map([['a', 'b']]))).toEqual([
      { op: 'add', path: '/metadata', value: { annotations: { a: 'b' } } },
    ]);
  });
});

describe('a default class is patched', () => {
  const withClass: Verdict = { ...verdict, defaultClass: 'vm', edits: new Map([['a', 'b']]) };

  test.each<readonly [string, object, object]>([
    ['into a spec', { spec: { hostPID: true } }, { spec: { hostPID: true, runtimeClassName: 'vm' } }],
    ['into a spec whose class is empty', { spec: { runtimeClassName: '' } }, { spec: { runtimeClassName: 'vm' } }],
    ['into a spec whose class is null', { spec: { runtimeClassName: null } }, { spec: { runtimeClassName: 'vm' } }],
    ['where there is no spec', {}, { spec: { runtimeClassName: 'vm' } }],
  ])('%s, beside the annotations', (_, object, expected) => {
    const whole = { ...expected, metadata: { annotations: { a: 'b' } } };
    expect(patched(object, verdictPatch(object, withClass))).toEqual(whole);
    expect(applyVerdict(object, withClass)).toEqual(whole);
  });

  test('not where there is none', () => {
    const object = { spec: {} };
    expect(verdictPatch(object, verdict)).toEqual([]);
    expect(applyVerdict(object, verdict)).toBe(object);
  });
});
