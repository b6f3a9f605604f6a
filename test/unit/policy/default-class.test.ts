import { describe, expect, test } from '@jest/globals';
import { defaultClassFor } from '../../../src/policy/default-class.ts';
import { verdictOn, type PhasedReview } from './judged.ts';
import { annotatedFields, annotatedWorld, handlerKey, kataAnnotations } from './annotated-world.ts';
import { classReview, fromNode, mirrorAnnotation, podCreation, podOf, podUpdate, templateReview } from './review-of.ts';
import { classOf } from '../../support/worlds/world-of.ts';

function worldWithDefault(defaultRuntimeClassName: string) {
  return annotatedWorld({ namespaceRules: [{ namespaces: ['te*'], defaultRuntimeClassName }, { mode: 'enforce' }] });
}

describe("its namespace's default class", () => {
  test.each<readonly [string, PhasedReview]>([
    ['a new pod that names none', podCreation('mutating', podOf(undefined))],
    ['a new pod that names the empty one', podCreation('mutating', podOf(''))],
    ['a new pod whose class is null', podCreation('mutating', { spec: { runtimeClassName: null } })],
    ['a new pod without a spec', podCreation('mutating', {})],
    ['a new pod that only says that it is a mirror pod', podCreation('mutating', podOf(undefined, mirrorAnnotation))],
  ])('is given to %s', (_, review) => {
    expect(defaultClassFor(review, review.phase, worldWithDefault('vm'))).toBe('vm');
    const verdict = verdictOn(review, worldWithDefault('vm'));
    expect(verdict).toMatchObject({ decision: 'allow', defaultClass: 'vm', findings: [], shim: { name: 'kata' } });
    expect(Object.fromEntries(verdict.edits)).toEqual(kataAnnotations);
  });

  test.each<readonly [string, PhasedReview]>([
    ['a pod that names one', podCreation('mutating', podOf('stock'))],
    ['a pod of another namespace', podCreation('mutating', podOf(undefined), { namespace: 'other' })],
    ['the validating webhook, which cannot give', podCreation('validating', podOf(undefined))],
    ['a pod that is there', podUpdate('mutating', podOf(undefined), podOf(undefined))],
    ["a node's mirror pod", podCreation('mutating', podOf(undefined, mirrorAnnotation), fromNode)],
    ['a template', templateReview(podOf(undefined))],
    ['a class', classReview(classOf('x', 'runc'))],
    ['what has no namespace', podCreation('mutating', podOf(undefined), { namespace: undefined })],
  ])('is not given to %s', (_, review) => {
    expect(defaultClassFor(review, review.phase, worldWithDefault('vm'))).toBeUndefined();
    expect(verdictOn(review, worldWithDefault('vm')).defaultClass).toBeUndefined();
  });

  test('is judged as if the pod had named it', () => {
    const verdict = verdictOn(podCreation('mutating', podOf(undefined)), worldWithDefault('path'));
    expect(verdict).toMatchObject({ decision: 'deny', defaultClass: undefined, findings: [{ code: 'AbsolutePath' }] });
  });

  test('is one that must be known: the pod is refused for it', () => {
    const verdict = verdictOn(podCreation('mutating', podOf(undefined)), worldWithDefault('nosuch'));
    expect(verdict.findings[0]?.message).toBe('Pod team/web -> RuntimeClass "nosuch": no such RuntimeClass.');
    expect(verdict).toMatchObject({ decision: 'deny', defaultClass: undefined });
  });

  test('is not that of a later rule', () => {
    const fields = annotatedFields({ namespaceRules: [{ mode: 'warn' }, { defaultRuntimeClassName: 'vm' }] });
    expect(
      defaultClassFor(podCreation('mutating', podOf(undefined)), 'mutating', annotatedWorld(fields)),
    ).toBeUndefined();
  });

  test("brings its own annotations, in place of the user's", () => {
    const review = podCreation('mutating', podOf(undefined, { [handlerKey]: 'runc' }));
    const { edits, told } = verdictOn(review, worldWithDefault('vm'));
    expect(edits.get(handlerKey)).toBe('kata');
    expect(told.map(({ code }) => code)).toEqual(['ManagedAnnotationReplaced']);
  });
});
