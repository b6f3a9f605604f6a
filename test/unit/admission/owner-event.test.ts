import { describe, expect, test } from '@jest/globals';
import { reviewOfRequest } from '../../../src/admission/decode-review.ts';
import { ownerEvent, type OwnerEvent } from '../../../src/admission/owner-event.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { Phase } from '../../../src/policy/review.ts';
import { requestOf } from '../../support/worlds/request-of.ts';
import { worldOf, type WorldParts } from '../../support/worlds/world-of.ts';

const secret = '/opt/secret/firmware';
const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d4f8c', uid: 'a1', controller: true };
const kata = { metadata: { name: 'kata' }, handler: 'kata' };
const known: WorldParts = {
  configuration: { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } },
  classes: [kata],
};

type Pod = { readonly metadata?: object; readonly spec?: object };

function eventOf(
  { metadata, spec = { runtimeClassName: 'gone' } }: Pod = {},
  {
    phase = 'validating',
    world = known,
    ...request
  }: { phase?: Phase; world?: WorldParts; [field: string]: unknown } = {},
): OwnerEvent | undefined {
  const object = { metadata: { name: 'web', namespace: 'team', ownerReferences: [controller], ...metadata }, spec };
  const review = reviewOfRequest(requestOf('Pod', { object, ...request }));
  return ownerEvent(review, phase, evaluate(review, phase, worldOf(world)));
}

describe('the controller of a pod', () => {
  test('is told that it is denied, and why', () => {
    expect(eventOf()).toEqual({
      owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'team', name: 'web-5d4f8c', uid: 'a1' },
      reason: 'PodDenied',
      note: expect.stringMatching(
        /^shimgate denies pods of RuntimeClass "gone" of this ReplicaSet: RuntimeClassNotFound at spec\.runtimeClassName: [A-Z]/,
      ),
    });
    expect(eventOf({}, { phase: 'mutating' })?.reason).toBe('PodDenied');
  });

  test('is told once that it is let in with a warning, by the webhook that speaks last', () => {
    const warned = { world: { ...known, configuration: { ...known.configuration, mode: 'warn' as const } } };
    expect(eventOf({}, warned)).toMatchObject({
      reason: 'PodWarned',
      note: expect.stringContaining('shimgate warns of pods of RuntimeClass "gone"'),
    });
    expect(eventOf({}, { ...warned, phase: 'mutating' })).toBeUndefined();
  });

  test('is told the same of each of its pods', () => {
    expect(eventOf({ metadata: { name: 'web-1' } })?.note).toBe(eventOf({ metadata: { name: 'web-2' } })?.note);
  });

  test('is never told what an annotation holds', () => {
    const annotations = {
      'io.katacontainers.config.hypervisor.firmware': secret,
      'shimgate.dev/runtime-type': secret,
      'io.containerd.cri.runtime-handler': secret,
    };
    const event = eventOf({ metadata: { annotations }, spec: { runtimeClassName: 'kata' } });
    expect(event?.note).toContain(
      'GuardedAnnotation at metadata.annotations[io.katacontainers.config.hypervisor.firmware]',
    );
    expect(JSON.stringify(event)).not.toContain('secret');
  });

  test.each<[string, Pod, object]>([
    ['of a dry run', {}, { dryRun: true }],
    ['of a change', {}, { operation: 'UPDATE', oldObject: { metadata: { name: 'web' }, spec: {} } }],
    ['where all is well', { spec: {} }, {}],
    ['where it has no controller', { metadata: { ownerReferences: [{ ...controller, controller: false }] } }, {}],
    ['where it has no owner', { metadata: { ownerReferences: null } }, {}],
    ['where the reference is not whole', { metadata: { ownerReferences: [{ ...controller, uid: '' }] } }, {}],
    ['where no object has such a name', { metadata: { ownerReferences: [{ ...controller, name: '../x' }] } }, {}],
    ['where the kind is too long', { metadata: { ownerReferences: [{ ...controller, kind: 'K'.repeat(64) }] } }, {}],
    ['where a uid has what cannot be seen', { metadata: { ownerReferences: [{ ...controller, uid: 'a\n1' }] } }, {}],
    [
      "where it is a static pod's image",
      { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } },
      { userInfo: { username: 'system:node:a', groups: ['system:nodes'] } },
    ],
  ])('is told nothing %s', (_, pod, request) => {
    expect(eventOf(pod, { ...request })).toBeUndefined();
  });

  test('is told as much as a note holds, whatever the keys are made of', () => {
    const keys = Array.from({ length: 5 }, (_, index) => [
      `io.katacontainers.config.${'ü'.repeat(400)}${index}_path`,
      'x',
    ]);
    const event = eventOf({
      metadata: { annotations: Object.fromEntries(keys) as object },
      spec: { runtimeClassName: 'kata' },
    });
    for (const one of [event, eventOf({ spec: { runtimeClassName: '€'.repeat(2_000) } })]) {
      if (one === undefined) continue;
      expect(Buffer.byteLength(one.note)).toBeLessThanOrEqual(1_024);
      expect(one.note.isWellFormed()).toBe(true);
    }
  });
});
