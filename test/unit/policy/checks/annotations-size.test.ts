import { describe, expect, test } from '@jest/globals';
import { worded } from '../../../../src/finding/wording.ts';
import { podCase } from '../../../../src/policy/case.ts';
import { judgeSize } from '../../../../src/policy/checks/annotations-size.ts';
import { verdictOn } from '../judged.ts';
import { annotatedWorld } from '../annotated-world.ts';
import { classReview, podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { classOf } from '../../../support/worlds/world-of.ts';

const limit = 262_144;

/** What is found where a pod has these annotations and the edits are made. */
function judge(annotations: Readonly<Record<string, string>>, edits: readonly (readonly [string, string | null])[]) {
  const pod = podOf('vm', annotations);
  const given = podCase(podCreation('mutating', pod), 'mutating', annotatedWorld());
  if (given === undefined) throw new Error('a pod is a case');
  return judgeSize(given, new Map(edits)).map(worded);
}

describe('annotations that an edit makes too large are found', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, readonly (readonly [string, string | null])[], number]>(
    [
      ['at one byte too many', { a: 'x'.repeat(limit - 1) }, [['b', '']], 1],
      ['not at the last byte that fits', { a: 'x'.repeat(limit - 2) }, [['b', '']], 0],
      ['by bytes and not by characters', { a: 'é'.repeat(limit / 2 - 1) }, [['b', 'é']], 1],
      ['not by characters that are counted twice', { a: 'é'.repeat(limit / 2 - 2) }, [['b', 'é']], 0],
      ['with characters of four bytes', { a: '🦀'.repeat(limit / 4 - 1) }, [['b', '🦀']], 1],
      ['not where a value is replaced by one that fits', { a: 'x'.repeat(limit - 1) }, [['a', 'y']], 0],
      ['where a value is replaced by a longer one', { a: 'x', b: 'x'.repeat(limit - 3) }, [['a', 'yy']], 1],
      [
        'not where a removal makes room',
        { a: 'x'.repeat(limit - 2), b: '' },
        [
          ['b', null],
          ['c', ''],
        ],
        0,
      ],
      ['not without edits', { a: 'x'.repeat(limit) }, [], 0],
    ],
  )('%s', (_, annotations, edits, count) => {
    expect(judge(annotations, edits)).toHaveLength(count);
  });

  test('and the message says how large they would be, and how much is too much', () => {
    expect(judge({ a: 'x'.repeat(limit - 1) }, [['b', 'cde']])).toEqual([
      {
        code: 'AnnotationsTooLarge',
        severity: 'error',
        field: 'metadata.annotations',
        message:
          'Pod team/web: with those that shimgate writes, its annotations have 262148 bytes, and the API server takes 262144.',
        fix: 'Make them shorter, by 4 bytes at least.',
      },
    ]);
  });
});

describe('the verdict on a pod that its injection makes too large', () => {
  const pod = podOf('vm', { note: 'x'.repeat(limit - 10) });
  const world = annotatedWorld();
  const codesOf = (review: Parameters<typeof verdictOn>[0]) => {
    const { decision, findings } = verdictOn(review, world);
    return [decision, findings.map(({ code, field }) => `${code} ${field}`)];
  };

  test('is a denial when it is made', () => {
    expect(codesOf(podCreation('mutating', pod))).toEqual(['deny', ['AnnotationsTooLarge metadata.annotations']]);
  });

  test('is a warning about a template', () => {
    expect(codesOf(templateReview(pod))).toEqual(['allow', ['AnnotationsTooLarge spec.template.metadata.annotations']]);
  });

  test('is a denial when a removal is undone', () => {
    const old = podOf('vm', { 'shimgate.dev/source': 'configured' });
    expect(codesOf(podUpdate('mutating', pod, old))).toEqual([
      'deny',
      [
        'AnnotationsTooLarge metadata.annotations',
        'ManagedAnnotationRestored metadata.annotations[shimgate.dev/source]',
      ],
    ]);
  });
});

describe('annotations that are too large as they were sent are answered at once', () => {
  const world = annotatedWorld();
  const guarded = { 'io.katacontainers.config.hypervisor.path': '/x'.repeat(limit / 2) };
  const linesOf = (review: Parameters<typeof verdictOn>[0], around = world) => {
    const { decision, findings, edits, told } = verdictOn(review, around);
    expect(edits.size).toBe(0);
    return [decision, ...findings.map(({ code, message }) => `${code}: ${message}`), told.length];
  };
  const said = (object: string) =>
    `AnnotationsTooLarge: ${object}: its annotations have more than the 262144 bytes that the API server takes; nothing else of it was judged.`;

  test('on pods that are made and changed, whatever else is in them', () => {
    for (const phase of ['mutating', 'validating'] as const) {
      expect(linesOf(podCreation(phase, podOf('path', guarded)))).toEqual(['deny', said('Pod team/web'), 0]);
      expect(linesOf(podUpdate(phase, podOf('vm', guarded), podOf('vm')))).toEqual(['deny', said('Pod team/web'), 0]);
    }
  });

  test('but for one that gets smaller: it counts what it becomes', () => {
    expect(linesOf(podUpdate('validating', podOf('vm'), podOf('vm', guarded)))).toEqual(['allow', 0]);
  });

  test('on templates with a warning, on classes and bindings with a denial', () => {
    expect(linesOf(templateReview(podOf('vm', guarded)))).toEqual(['allow', said('Deployment team/web'), 1]);
    const runtimeClass = { ...classOf('vm', 'kata'), metadata: { name: 'vm', annotations: guarded } };
    expect(linesOf(classReview(runtimeClass))).toEqual(['deny', said('RuntimeClass vm'), 0]);
    const binding = podCreation('validating', podOf('vm'), { subject: { kind: 'Binding', annotations: guarded } });
    expect(linesOf(binding)).toEqual(['deny', said('Pod team/web'), 0]);
  });

  test('as the mode says, and not where the namespace is exempt', () => {
    const review = podCreation('mutating', podOf('vm', guarded));
    expect(linesOf(review, annotatedWorld({ mode: 'warn' }))).toEqual(['would-deny', said('Pod team/web'), 1]);
    expect(linesOf(review, annotatedWorld({ exemptions: { namespaces: ['team'] } }))).toEqual(['exempt', 0]);
  });

  test.each<readonly [string, Readonly<Record<string, string>>, boolean]>([
    ['one byte too many', { a: 'x'.repeat(limit) }, true],
    ['the last byte that fits', { a: 'x'.repeat(limit - 1) }, false],
    ['bytes, where characters have more', { a: 'é'.repeat(limit / 2) }, true],
    ['characters of two bytes that fit', { a: 'é'.repeat(limit / 2 - 1), b: '' }, false],
    ['what is three bytes in no encoding', { a: '\ud800'.repeat(limit / 3 + 1) }, true],
    ['many keys without values', Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, ''])), true],
  ])('and count %s', (_, annotations, isTooLarge) => {
    const { findings } = verdictOn(podCreation('validating', podOf(undefined, annotations)), annotatedWorld());
    expect(findings.map(({ code }) => code)).toEqual(isTooLarge ? ['AnnotationsTooLarge'] : []);
  });
});
