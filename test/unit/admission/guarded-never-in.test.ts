import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { admit } from '../../../src/admission/admit.ts';
import { admitInFull } from '../../../src/admission/admit-in-full.ts';
import { toReview, type AdmissionRequest } from '../../../src/admission/decode-review.ts';
import type { Pod } from '../../../src/generated/objects.ts';
import { podRuntime } from '../../../src/policy/pod-runtime.ts';
import { isMirrorPod } from '../../../src/policy/review.ts';
import { reachesReader } from '../../../src/shim/annotation-families.ts';
import { guardedAnnotationKey } from './arbitrary-annotations.ts';
import { podCreation, podUpdate } from './arbitrary-request.ts';
import { world } from './arbitrary-world.ts';

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
          namespaceLabelMayLoosen: false,
          exemptions: { namespaces: [], usernames: [], runtimeClassNames: [] },
          allowedAnnotations: new Map(),
          runtimes,
        };
        const asked = annotated(request, key, given);
        fc.pre(!isMirrorPod(toReview(asked, 'mutating')));
        for (const phase of ['mutating', 'validating'] as const) {
          const { response } = admit(asked, phase, { ...around, configuration, recentConfigurations: [] }).review;
          const { name } = podRuntime(asked.object as Pod, { ...around, configuration });
          const passed = name === undefined ? undefined : configuration.passedAnnotations.get(name);
          if (reachesReader(key, passed)) expect(response.allowed).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});
