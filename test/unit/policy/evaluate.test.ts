import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../../src/policy/evaluate.ts';
import type { Mode } from '../../../src/generated/configuration.ts';
import type { Pod } from '../../../src/generated/objects.ts';
import { verdictOn, type PhasedReview } from './judged.ts';
import { annotatedFields, annotatedWorld, handlerKey, kataAnnotations } from './annotated-world.ts';
import { classReview, fromNode, mirrorAnnotation, podCreation, podOf, templateReview } from './review-of.ts';
import { classOf, nodeOf } from '../../support/worlds/world-of.ts';

const modes: readonly Mode[] = ['enforce', 'warn', 'audit'];

/** The decision in each mode. */
function decisions(review: PhasedReview): readonly Decision[] {
  return modes.map((mode) => verdictOn(review, annotatedWorld({ mode, undeclaredHandlers: 'deny' })).decision);
}

describe('in the modes enforce, warn and audit', () => {
  test.each<readonly [string, PhasedReview, readonly Decision[]]>([
    ['a pod that is fine', podCreation('mutating', podOf('vm')), ['allow', 'allow', 'allow']],
    ['a pod whose class is not known', podCreation('mutating', podOf('nosuch')), ['deny', 'would-deny', 'would-deny']],
    [
      'a pod whose handler is undeclared',
      podCreation('mutating', podOf('unknown')),
      ['deny', 'would-deny', 'would-deny'],
    ],
    [
      'a pod with a wrong annotation',
      podCreation('validating', podOf('vm', { ...kataAnnotations, [handlerKey]: 'x' })),
      ['deny', 'would-deny', 'would-deny'],
    ],
    ['a pod that lacks annotations', podCreation('validating', podOf('vm')), ['allow', 'allow', 'allow']],
    ['a class whose handler is empty', classReview(classOf('x', '')), ['deny', 'would-deny', 'would-deny']],
    ['a class whose handler begins with a dot', classReview(classOf('x', '.a')), ['deny', 'would-deny', 'would-deny']],
    ['a template of a class that is not known', templateReview(podOf('nosuch')), ['allow', 'allow', 'allow']],
    ['a template of a class whose handler is a path', templateReview(podOf('path')), ['allow', 'allow', 'allow']],
    [
      "a node's mirror pod of a class that is not known",
      podCreation('mutating', podOf('nosuch', mirrorAnnotation), fromNode),
      ['would-deny', 'would-deny', 'would-deny'],
    ],
    [
      "a node's mirror pod of a class whose handler is a path",
      podCreation('mutating', podOf('path', mirrorAnnotation), fromNode),
      ['would-deny', 'would-deny', 'would-deny'],
    ],
  ])('%s', (_, review, expected) => {
    expect(decisions(review)).toEqual(expected);
  });

  test.each<readonly [string, PhasedReview]>([
    ['an absolute handler', classReview(classOf('x', '/bin/sh'))],
    ['a relative handler', classReview(classOf('x', 'bin/sh'))],
    ["a Windows node's handler", classReview(classOf('x', 'C:\\x.exe'))],
    ['a declared shim', classReview(classOf('x', 'spin', { declares: '/bin/sh' }))],
    ['a declared shim of a runtime that the table has', classReview(classOf('x', 'kata', { declares: 'bin/sh' }))],
    ['a declared shim beside a handler that is not there', classReview(classOf('x', '', { declares: '/bin/sh' }))],
    ['the handler that a pod leads to', podCreation('mutating', podOf('path'))],
    ['the handler that a pod leads to, for the other webhook', podCreation('validating', podOf('path'))],
    [
      'the handler that a pod leads to, though it says that it is a mirror pod',
      podCreation('mutating', podOf('path', mirrorAnnotation)),
    ],
  ])('a path is refused: %s', (_, review) => {
    expect(decisions(review)).toEqual(['deny', 'deny', 'deny']);
  });
});

describe('what is told', () => {
  const codesTold = (review: PhasedReview, mode: Mode) =>
    verdictOn(review, annotatedWorld({ mode, undeclaredHandlers: 'deny' })).told.map(({ code }) => code);

  test.each<readonly [string, PhasedReview, readonly string[], readonly string[], readonly string[]]>([
    [
      'of a denial: nothing more than its status says',
      podCreation('mutating', podOf('nosuch')),
      [],
      ['RuntimeClassNotFound'],
      [],
    ],
    [
      'of a warning: it, in every mode, since a mode governs denials only',
      podCreation('mutating', podOf('vm', { [handlerKey]: 'x' })),
      ['ManagedAnnotationReplaced'],
      ['ManagedAnnotationReplaced'],
      ['ManagedAnnotationReplaced'],
    ],
    [
      'of both: in enforce the warning beside the denial, in audit the warning alone',
      podCreation('mutating', podOf('unknown', { [handlerKey]: 'x' })),
      ['ManagedAnnotationReplaced'],
      ['UndeclaredHandler', 'ManagedAnnotationReplaced'],
      ['ManagedAnnotationReplaced'],
    ],
    [
      'of a template: what would become of its pods, and of that in audit nothing',
      templateReview(podOf('nosuch')),
      ['RuntimeClassNotFound'],
      ['RuntimeClassNotFound'],
      [],
    ],
    [
      'of a template whose pods are denied in every mode: that, in every mode',
      templateReview(podOf('path')),
      ['AbsolutePath'],
      ['AbsolutePath'],
      ['AbsolutePath'],
    ],
    [
      "of a node's mirror pod: everything in every mode, since nothing else is done",
      podCreation('mutating', podOf('nosuch', mirrorAnnotation), fromNode),
      ['RuntimeClassNotFound'],
      ['RuntimeClassNotFound'],
      ['RuntimeClassNotFound'],
    ],
    ['of a path: nothing, since it is denied', classReview(classOf('x', '/bin/sh')), [], [], []],
  ])('%s', (_, review, enforce, warn, audit) => {
    expect(modes.map((mode) => codesTold(review, mode))).toEqual([enforce, warn, audit]);
  });

  test('never is what only the admin should know', () => {
    const nodes = [nodeOf('a', ['kata', 'runc!'])];
    const verdict = verdictOn(
      classReview(classOf('x', 'runc')),
      annotatedWorld({}, { configuration: annotatedFields(), nodes }),
    );
    expect(verdict.findings).toMatchObject([{ code: 'HandlerWithoutFeatures', severity: 'info' }]);
    expect(verdict.told).toEqual([]);
  });

  test('of a template is worded as a warning, never as an error', () => {
    const { findings, told } = verdictOn(templateReview(podOf('path')), annotatedWorld());
    expect(findings.map(({ severity }) => severity)).toEqual(['warning']);
    expect(told).toEqual(findings);
  });
});

describe('a verdict', () => {
  const denied = podCreation('mutating', podOf('unknown', { [handlerKey]: 'x' }));

  test('has no edits where it denies, and has them where it only would', () => {
    const fields = { undeclaredHandlers: 'deny' } as const;
    expect(verdictOn(denied, annotatedWorld(fields))).toMatchObject({ decision: 'deny', edits: new Map() });
    expect(verdictOn(denied, annotatedWorld({ ...fields, mode: 'warn' }))).toMatchObject({
      decision: 'would-deny',
      edits: new Map([[handlerKey, 'nobody-knows']]),
    });
  });

  test('writes the same annotations in each mode: a mode governs denials only', () => {
    for (const mode of modes) {
      const { edits } = verdictOn(podCreation('mutating', podOf('vm')), annotatedWorld({ mode }));
      expect(Object.fromEntries(edits)).toEqual(kataAnnotations);
    }
  });

  test('names the worst first', () => {
    const { findings } = verdictOn(denied, annotatedWorld({ undeclaredHandlers: 'deny' }));
    expect(findings.map(({ code }) => code)).toEqual(['UndeclaredHandler', 'ManagedAnnotationReplaced']);
  });

  test('names the mode and the shim', () => {
    expect(verdictOn(podCreation('mutating', podOf('vm')), annotatedWorld({ mode: 'warn' }))).toMatchObject({
      mode: 'warn',
      shim: { name: 'kata', runtimeType: 'io.containerd.kata.v2' },
    });
    expect(verdictOn(podCreation('mutating', podOf(undefined)), annotatedWorld()).shim).toBeUndefined();
  });

  test('has nothing to say of what no policy is about', () => {
    const other = { ...podCreation('mutating', podOf('path')), subject: { kind: 'other' } } as const;
    expect(verdictOn(other, annotatedWorld())).toEqual({
      decision: 'allow',
      mode: 'enforce',
      findings: [],
      told: [],
      edits: new Map(),
      defaultClass: undefined,
      shim: undefined,
    });
  });

  test('is the same whenever it is asked for', () => {
    const world = annotatedWorld();
    expect(verdictOn(denied, world)).toEqual(verdictOn(denied, world));
  });
});

describe('a template that did not change was judged when it was written: it is silent', () => {
  const old = podOf('nosuch', { [handlerKey]: 'x', note: 'a' });

  test.each<readonly [string, Pod, boolean]>([
    ['as it is', old, true],
    ['in another order', podOf('nosuch', { note: 'a', [handlerKey]: 'x' }), true],
    ['with another name', { ...old, metadata: { ...old.metadata, name: 'other', labels: { a: 'b' } } }, true],
    ['with another class', podOf('path', { [handlerKey]: 'x', note: 'a' }), false],
    ['with another annotation', podOf('nosuch', { [handlerKey]: 'x', note: 'b' }), false],
    ["on the host's network", { ...old, spec: { ...old.spec, hostNetwork: true } }, false],
  ])('%s', (_, pod, isSilent) => {
    expect(verdictOn(templateReview(pod, old), annotatedWorld()).findings.length === 0).toBe(isSilent);
  });
});
