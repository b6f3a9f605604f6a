import { describe, expect, test } from '@jest/globals';
import { worded } from '../../../../src/finding/wording.ts';
import { podCase } from '../../../../src/policy/case.ts';
import { judgeSize } from '../../../../src/policy/checks/annotations-size.ts';
import { verdictOn } from '../judged.ts';
import { annotatedWorld } from '../annotated-world.ts';
import { podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';

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
      ['not where they were too large before', { a: 'x'.repeat(limit) }, [['b', '']], 0],
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
