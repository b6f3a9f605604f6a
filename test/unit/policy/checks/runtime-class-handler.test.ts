import { describe, expect, test } from '@jest/globals';
import type { RuntimeClass } from '../../../../src/generated/objects.ts';
import { runtimeClassHandler } from '../../../../src/policy/checks/runtime-class-handler.ts';
import { judgedBy, verdictOn } from '../judged.ts';
import { classReview, podCreation, podOf, templateReview } from '../review-of.ts';
import { classOf, nodeOf, worldOf } from '../../../support/worlds/world-of.ts';

const world = worldOf({
  configuration: { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } }, undeclaredHandlers: 'deny' },
});

function judge(runtimeClass: RuntimeClass, old?: RuntimeClass) {
  const { findings } = judgedBy(runtimeClassHandler, classReview(runtimeClass, old), world);
  return findings.map(({ code, severity, field }) => `${code} ${severity} ${field}`);
}

const declaredField = 'metadata.annotations[shimgate.dev/declared-runtime-type]';

describe('a RuntimeClass that passes', () => {
  test.each<readonly [string, RuntimeClass]>([
    ['names a runtime of the table', classOf('x', 'kata')],
    ['names a stock runtime', classOf('x', 'runc')],
    ['declares its shim', classOf('x', 'spin', { declares: 'io.containerd.spin.v2' })],
    ['declares the shim that the table has', classOf('x', 'kata', { declares: 'io.containerd.kata.v2' })],
  ])('%s', (_, runtimeClass) => {
    expect(judge(runtimeClass)).toEqual([]);
    expect(judge(runtimeClass, classOf('x', 'other'))).toEqual([]);
  });
});

describe('a RuntimeClass that fails, when it is made and when its handler changes,', () => {
  test.each<readonly [string, RuntimeClass, readonly string[]]>([
    ['has an absolute path for a handler', classOf('x', '/bin/sh'), ['AbsolutePath error handler']],
    ['has a relative path for a handler', classOf('x', 'bin/sh'), ['RelativePath error handler']],
    ['has an empty handler', classOf('x', ''), ['EmptyName error handler']],
    ['has no handler', { metadata: { name: 'x' } }, ['EmptyName error handler']],
    ['has a handler that nobody knows', classOf('x', 'spin'), ['UndeclaredHandler error handler']],
    ['declares a path', classOf('x', 'spin', { declares: '/bin/sh' }), [`AbsolutePath error ${declaredField}`]],
    [
      'declares a path, though the table wins',
      classOf('x', 'kata', { declares: '/bin/sh' }),
      [`AbsolutePath error ${declaredField}`],
    ],
    ['declares no shim name', classOf('x', 'spin', { declares: 'spin' }), [`MissingDot error ${declaredField}`]],
  ])('%s', (_, runtimeClass, expected) => {
    expect(judge(runtimeClass)).toEqual(expected);
    expect(judge(runtimeClass, classOf('x', 'kata'))).toEqual(expected);
  });

  test.each<readonly [string, RuntimeClass, readonly string[]]>([
    [
      'another shim than the table has is declared',
      classOf('x', 'kata', { declares: 'io.containerd.other.v1' }),
      [`DeclaredShimDiffers warning ${declaredField}`],
    ],
    ['the handler is a shim name', classOf('x', 'io.containerd.kata.v2'), ['ImplicitShim warning handler']],
  ])('unless it is only doubtful: %s', (_, runtimeClass, expected) => {
    expect(judge(runtimeClass)).toEqual(expected);
  });
});

describe('on UPDATE', () => {
  const bad = classOf('x', '/bin/sh');
  const badClaim = classOf('x', 'spin', { declares: '/bin/sh' });

  test.each<readonly [string, RuntimeClass, RuntimeClass, 'warning' | 'error']>([
    ['a label of an old class', { ...bad, metadata: { name: 'x', labels: { a: 'b' } } }, bad, 'warning'],
    ['the scheduling of an old class', { ...bad, scheduling: { nodeSelector: { a: 'b' } } }, bad, 'warning'],
    ['an old class whose claim is a path, in nothing', badClaim, badClaim, 'warning'],
    ['a handler, to another bad one', bad, classOf('x', '/bin/bash'), 'error'],
    ['a handler, from a good one', bad, classOf('x', 'kata'), 'error'],
    ['the claim of a class with a bad handler', classOf('x', '/bin/sh', { declares: 'a.b' }), bad, 'error'],
    ['a claim, to a path', badClaim, classOf('x', 'spin', { declares: 'io.containerd.spin.v2' }), 'error'],
    ['a claim, by taking it away', classOf('x', 'spin'), badClaim, 'error'],
  ])('changing %s', (_, runtimeClass, old, severity) => {
    const { findings } = judgedBy(runtimeClassHandler, classReview(runtimeClass, old), world);
    expect(findings.map((found) => found.severity)).toEqual([severity]);
  });

  test('an unchanged class whose handler is a path is let through, with a warning, in every mode', () => {
    for (const mode of ['enforce', 'warn', 'audit'] as const) {
      const verdict = verdictOn(classReview(bad, bad), worldOf({ configuration: { mode } }));
      expect(verdict).toMatchObject({ decision: 'allow', told: [{ code: 'AbsolutePath', severity: 'warning' }] });
    }
  });

  describe('a class that goes away', () => {
    const going = (runtimeClass: RuntimeClass): RuntimeClass => ({
      ...runtimeClass,
      metadata: { ...runtimeClass.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    const claimed = classOf('x', 'spin', { declares: '/bin/sh' });

    test.each<readonly [string, RuntimeClass, RuntimeClass]>([
      ['a path that it had before', bad, bad],
      ['a claim of a path that it had before', claimed, claimed],
      ['a handler that nothing declares', classOf('x', 'nobody-knows'), classOf('x', 'kata')],
    ])('is let through in silence with %s', (_, runtimeClass, old) => {
      expect(verdictOn(classReview(going(runtimeClass), old), world)).toMatchObject({
        decision: 'allow',
        findings: [],
      });
    });

    test.each([
      ['as its handler', bad, classOf('x', 'kata')],
      ['in an annotation', claimed, classOf('x', 'spin')],
    ])('still may not claim a path %s, in any mode', (_, runtimeClass, old) => {
      for (const mode of ['enforce', 'warn', 'audit'] as const) {
        const { decision, findings } = verdictOn(
          classReview(going(runtimeClass), old),
          worldOf({ configuration: { mode } }),
        );
        expect([decision, findings.map(({ code }) => code)]).toEqual(['deny', ['AbsolutePath']]);
      }
    });
  });

  test('a deletionTimestamp that is null means nothing', () => {
    const staying = { ...bad, metadata: { name: 'x', deletionTimestamp: null } };
    expect(verdictOn(classReview(staying, classOf('x', 'kata')), world).decision).toBe('deny');
  });

  test('on CREATE, a deletionTimestamp means nothing: the API server takes it away', () => {
    const pretending = { ...bad, metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(verdictOn(classReview(pretending), world).decision).toBe('deny');
  });
});

describe('the policy', () => {
  test('names the class in its message', () => {
    const [found] = judgedBy(runtimeClassHandler, classReview(classOf('sandbox', '/bin/sh')), world).findings;
    expect(found?.message).toBe(
      'RuntimeClass sandbox -> handler "/bin/sh", which is an absolute path: containerd would run that file on the host as root.',
    );
    expect(found?.fix).toBe('Set handler to a runtime from the configuration, such as "kata".');
  });

  test('says the same in both phases, since the API server drops repeated warnings by their text', () => {
    for (const runtimeClass of [classOf('x', '/bin/sh'), classOf('x', 'kata', { declares: 'a.b' })]) {
      const [mutating, validating] = (['mutating', 'validating'] as const).map((phase) =>
        judgedBy(runtimeClassHandler, classReview(runtimeClass, undefined, phase), world),
      );
      expect(mutating).toEqual(validating);
    }
  });

  test('tells the admin of a handler without features', () => {
    const nodes = [nodeOf('a', ['runc', 'crun!'])];
    const declared = worldOf({
      nodes,
      configuration: { runtimes: { crun: { path: '/usr/bin/crun' } } },
    });
    expect(judgedBy(runtimeClassHandler, classReview(classOf('x', 'crun')), declared).findings).toMatchObject([
      { code: 'HandlerWithoutFeatures', severity: 'info' },
    ]);
  });

  test('has nothing to say to a DELETE, a pod or a template', () => {
    const deletion = { ...classReview(classOf('x', '/bin/sh')), operation: 'DELETE' } as const;
    for (const review of [deletion, podCreation('mutating', podOf('x')), templateReview(podOf('x'))]) {
      expect(judgedBy(runtimeClassHandler, review, world)).toEqual({ findings: [] });
    }
  });
});
