import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reviewOfRequest, type AdmissionRequest } from '../../../src/admission/decode-review.ts';
import type { Pod } from '../../../src/generated/objects.ts';
import { isMirrorPod } from '../../../src/policy/review.ts';
import { admit, admitInFull } from '../../support/worlds/answered.ts';
import { followPod } from '../../../src/policy/follow-pod.ts';
import { World } from '../../../src/policy/world.ts';
import { reachesReader } from '../../../src/shim/annotation-families.ts';
import { guardedAnnotationKey } from '../../support/arbitrary/arbitrary-annotations.ts';
import { podCreation, podUpdate } from '../../support/arbitrary/arbitrary-request.ts';
import { world } from '../../support/arbitrary/arbitrary-world.ts';

const value = fc.constantFrom('/bin/sh', '/opt/a', 'q35', '--x=1', '', '/opt/../bin/sh', '["a","--y"]');

function annotated(request: AdmissionRequest, key: string, given: string): AdmissionRequest {
  const pod = request.object as Pod;
  const annotations = { ...pod.metadata?.annotations, [key]: given };
  return { ...request, object: { ...pod, metadata: { ...pod.metadata, annotations } } };
}

describe('a guarded annotation', () => {
  test('never turns a denial into an allowance', () => {
    fc.assert(
      fc.property(
        fc.oneof(podCreation, podUpdate),
        guardedAnnotationKey,
        value,
        world,
        (request, key, given, around) => {
          // One that is replaced by the new one may have been what was denied.
          fc.pre(!Object.hasOwn((request.object as Pod).metadata?.annotations ?? {}, key));
          if (admitInFull(request, around).allowed) return;
          expect(admitInFull(annotated(request, key, given), around).allowed).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('never comes in but where it reaches nobody, where no entry allows or declares any and nobody is exempt, in a mode that enforces', () => {
    fc.assert(
      fc.property(podCreation, guardedAnnotationKey, value, world, (request, key, given, around) => {
        const runtimes = new Map(
          [...around.configuration.runtimes].map(([name, { annotations: _, ...shim }]) => [name, shim]),
        );
        const configuration = {
          ...around.configuration,
          mode: 'enforce' as const,
          namespaceRules: [],
          handlerRules: [],
          namespaceLabelMayLoosen: false,
          exemptions: { namespaces: [], usernames: [], runtimeClassNames: [] },
          allowedAnnotations: new Map(),
          runtimes,
        };
        const asked = annotated(request, key, given);
        fc.pre(!isMirrorPod(reviewOfRequest(asked)));
        for (const phase of ['mutating', 'validating'] as const) {
          const judged = new World(around.cluster, configuration);
          const { response } = admit(asked, phase, judged).review;
          const { handler } = followPod(asked.object as Pod, judged);
          const passed = handler === undefined ? undefined : configuration.passedAnnotations.get(handler);
          if (reachesReader(key, passed)) expect(response.allowed).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});
