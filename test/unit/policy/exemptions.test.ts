import { describe, expect, test } from '@jest/globals';
import { exemptionOf } from '../../../src/policy/exemptions.ts';
import { admitInFull } from '../../support/worlds/answered.ts';
import { requestOf } from '../../support/worlds/request-of.ts';
import { verdictOn, type PhasedReview } from './judged.ts';
import { annotatedFields, annotatedWorld, kataAnnotations } from './annotated-world.ts';
import { classReview, podCreation, podOf, podUpdate, templateReview } from './review-of.ts';
import { classOf } from '../../support/worlds/world-of.ts';

const exemptions = {
  namespaces: ['infra', 'constructor'],
  usernames: ['system:serviceaccount:ci:builder'],
  runtimeClassNames: ['trusted'],
};

const create = (
  className: string | undefined,
  parts: Partial<PhasedReview> = {},
  annotations?: Record<string, string>,
) => podCreation('validating', podOf(className, annotations), parts);

describe('a request is exempt', () => {
  test.each<readonly [string | undefined, string, PhasedReview]>([
    ['namespace', 'for its namespace', create('vm', { namespace: 'infra' })],
    ['user', 'for its user', create('vm', { username: 'system:serviceaccount:ci:builder' })],
    ['class', "for its pod's class", create('trusted')],
    ['class', "for its template's class", templateReview(podOf('trusted'))],
    ['class', 'as that class itself', classReview(classOf('trusted', 'nosuch'))],
    ['namespace', 'for the first of several reasons', create('trusted', { namespace: 'infra' })],
    [undefined, 'not: another namespace', create('vm', { namespace: 'infra-2' })],
    [undefined, 'not: a class in no namespace', classReview(classOf('infra', 'nosuch'))],
    [undefined, 'not: another user', create('vm', { username: 'system:serviceaccount:ci:builder2' })],
    [undefined, 'not: nobody', create(undefined, { username: '', namespace: undefined })],
  ])('%s: %s', (expected, _, review) => {
    expect(exemptionOf(review, annotatedWorld({ exemptions }).configuration)).toBe(expected);
  });
});

describe('an exempt request', () => {
  const infra = { namespace: 'infra' };
  const rules = { namespaceRules: [{ allowedRuntimeClassNames: ['only'], defaultRuntimeClassName: 'only' }] };
  const world = annotatedWorld({ exemptions, undeclaredHandlers: 'deny', ...rules });

  test.each<readonly [string, PhasedReview]>([
    ['of a class that there is not', create('nosuch', infra)],
    ['of a class that its rule does not allow', create('vm', infra)],
    ['without the class that its rule asks for', create(undefined, infra)],
    ['with a wrong managed annotation', create('vm', infra, { 'shimgate.dev/source': 'me' })],
    [
      'that changes a managed annotation',
      podUpdate('validating', podOf('vm', { 'shimgate.dev/source': 'me' }), podOf('vm'), infra),
    ],
    ['of a class whose handler nobody declared', classReview(classOf('trusted', 'nosuch'))],
    ['of a template', templateReview(podOf('trusted'))],
  ])('is let through by every rule: %s', (_, review) => {
    const { decision, exemption, findings, told } = verdictOn(review, world);
    expect({ decision, findings, told }).toEqual({ decision: 'exempt', findings: [], told: [] });
    expect(exemption).toBeDefined();
  });

  test.each(['enforce', 'warn', 'audit'] as const)('is denied for a path all the same, in mode %s', (mode) => {
    const strict = annotatedWorld({ exemptions: { ...exemptions, runtimeClassNames: ['path'] }, mode });
    for (const review of [
      create('path'),
      create('path', infra),
      classReview(classOf('path', '/bin/sh')),
      classReview(classOf('x', 'kata', { declares: '/bin/sh' }), undefined, 'validating'),
    ]) {
      const verdict = verdictOn(
        review.subject.kind === 'RuntimeClass' ? { ...review, username: 'system:serviceaccount:ci:builder' } : review,
        strict,
      );
      expect(verdict).toMatchObject({ decision: 'deny', findings: [{ code: 'AbsolutePath' }] });
      expect(verdict.exemption).toBeDefined();
    }
  });

  test('gets neither a default class nor annotations', () => {
    const verdict = verdictOn(podCreation('mutating', podOf(undefined), infra), world);
    expect(verdict).toMatchObject({ decision: 'exempt', defaultClass: undefined, edits: new Map() });
    expect(verdictOn(podCreation('mutating', podOf('vm'), infra), world).edits).toEqual(new Map());
  });

  test("may not speak in shimgate's name: what it brings under shimgate.dev/ is removed, and the rest is left", () => {
    const claims = { 'shimgate.dev/source': 'me', 'io.containerd.cri.runtime-handler': 'runc', other: 'x' };
    const { decision, edits, told } = verdictOn(podCreation('mutating', podOf('vm', claims), infra), world);
    expect(decision).toBe('exempt');
    expect(edits).toEqual(new Map([['shimgate.dev/source', null]]));
    expect(told).toMatchObject([
      {
        code: 'ManagedAnnotationReplaced',
        message: 'Pod team/web: annotation shimgate.dev/source: "me" is removed: only shimgate writes this key.',
      },
    ]);
  });

  test("may not speak in shimgate's name under keys of its own making, however many, and they are shown safely", () => {
    const claims = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`shimgate.dev/\u001b${index}`, 'x']));
    const { edits, told } = verdictOn(podCreation('mutating', podOf('vm', claims), infra), world);
    expect(edits.size).toBe(100);
    expect(told).toHaveLength(17);
    expect(told[0]?.message).toBe(
      'Pod team/web: annotation "shimgate.dev/\\u001b0": "x" is removed: only shimgate writes this key.',
    );
  });

  test('may not change what shimgate said when the pod was made, by an update', () => {
    const old = podOf('vm', kataAnnotations);
    const changed = podOf('vm', { ...kataAnnotations, 'shimgate.dev/source': 'me', [handler]: 'runc' });
    const { decision, edits, told } = verdictOn(podUpdate('mutating', changed, old, infra), world);
    expect(decision).toBe('exempt');
    expect(edits).toEqual(new Map([['shimgate.dev/source', kataAnnotations['shimgate.dev/source']]]));
    expect(told.map(({ code }) => code)).toEqual(['ManagedAnnotationRestored']);
  });
});

const handler = 'io.containerd.cri.runtime-handler';

test('a default class that is exempt is given, and the pod is exempt with it', () => {
  const namespaceRules = [{ defaultRuntimeClassName: 'vm' }];
  const world = annotatedWorld({ exemptions: { runtimeClassNames: ['vm'] }, namespaceRules });
  const verdict = verdictOn(podCreation('mutating', podOf(undefined)), world);
  expect(verdict).toMatchObject({ decision: 'exempt', exemption: 'class', defaultClass: 'vm', edits: new Map() });
});

test('review says of an exempt pod what the webhook says', () => {
  const world = annotatedWorld(annotatedFields({ exemptions: { namespaces: ['default'] } }));
  const request = requestOf('Pod', { object: podOf('nosuch'), namespace: 'default' });
  expect(admitInFull(request, world)).toEqual({ allowed: true, findings: [], warnings: [], patch: [] });
});
