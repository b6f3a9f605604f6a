import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AdmissionRequest } from '../../../src/admission/decode-review.ts';
import type { Pod, RuntimeClass } from '../../../src/generated/objects.ts';
import { isUntrustedWorkload } from '../../../src/policy/untrusted-workload.ts';
import { isMirrorPod, type Phase } from '../../../src/policy/review.ts';
import { reviewOfRequest } from '../../../src/admission/decode-review.ts';
import { admit } from '../../support/worlds/answered.ts';
import { World } from '../../../src/policy/world.ts';
import { pathName } from '../../support/arbitrary/arbitrary-names.ts';
import { classWrite, podCreation } from '../../support/arbitrary/arbitrary-request.ts';
import { runtimeClass, world } from '../../support/arbitrary/arbitrary-world.ts';

const phase = fc.constantFrom<Phase>('mutating', 'validating');

/** Where a class names a path: as its handler, or as the shim that it declares for a handler that no table has. */
const place = fc.constantFrom<Place>('handler', 'declared shim');

type Place = 'handler' | 'declared shim';

function namingPath(given: RuntimeClass, path: string, where: Place): RuntimeClass {
  if (where === 'handler') return { ...given, handler: path };
  const annotations = { ...given.metadata?.annotations, 'shimgate.dev/declared-runtime-type': path };
  return { ...given, handler: 'in-no-table', metadata: { ...given.metadata, annotations } };
}

/** Only an admin may let a handler be a path, by declaring it. */
function isDeclared({ handler = '' }: RuntimeClass, { configuration }: World): boolean {
  return configuration.runtimes.has(handler);
}

function isGoing({ metadata }: RuntimeClass): boolean {
  return typeof metadata?.deletionTimestamp === 'string';
}

describe('a path never comes in, whatever the mode, the rules, the exemptions and the labels:', () => {
  test('not with a class that is made or changed', () => {
    fc.assert(
      fc.property(classWrite, world, pathName, place, phase, (given, around, path, where, asking) => {
        const object = namingPath(given.object as RuntimeClass, path, where);
        fc.pre(!isDeclared(object, around) && !(given.operation === 'UPDATE' && isGoing(object)));
        fc.pre((given.oldObject as RuntimeClass | null)?.handler !== object.handler);
        expect(admit({ ...given, object }, asking, around).review.response.allowed).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('not as the declared shim of a runtime that the table has, though it would not be run', () => {
    fc.assert(
      fc.property(classWrite, world, pathName, phase, (given, around, path, asking) => {
        fc.pre(given.operation === 'CREATE');
        const { handler = '' } = given.object as RuntimeClass;
        const object = { ...namingPath(given.object as RuntimeClass, path, 'declared shim'), handler };
        expect(admit({ ...given, object }, asking, around).review.response.allowed).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('not by a pod, nor by the class that it is given', () => {
    fc.assert(
      fc.property(
        podCreation,
        world,
        runtimeClass,
        pathName,
        place,
        fc.boolean(),
        (given, around, base, path, where, isGiven) => {
          const named = namingPath(base, path, where);
          fc.pre(!isDeclared(named, around));
          const pod = given.object as Pod;
          const object = { ...pod, spec: { ...pod.spec, runtimeClassName: isGiven ? '' : 'a' } };
          const request: AdmissionRequest = { ...given, namespace: 'team', object };
          const configuration = {
            ...around.configuration,
            // Whoever is exempt as such is given no class; who is so by that class, is.
            ...(isGiven && {
              namespaceRules: [{ defaultRuntimeClassName: 'a', mode: 'audit' as const }],
              exemptions: { namespaces: [], usernames: [], runtimeClassNames: ['a'] },
            }),
          };
          const review = reviewOfRequest(request);
          // Neither is given a class.
          fc.pre(!(isGiven && (isMirrorPod(review) || isUntrustedWorkload(object))));
          const cluster = { ...around.cluster, runtimeClass: () => named };
          const { decision } = admit(request, 'mutating', new World(cluster, configuration)).verdict;
          expect(decision).toBe(isMirrorPod(review) ? 'would-deny' : 'deny');
        },
      ),
      { numRuns: 500 },
    );
  });
});

test("a node's mirror pod is never denied, and never patched", () => {
  fc.assert(
    fc.property(podCreation, world, phase, (given, around, asking) => {
      const pod = given.object as Pod;
      const annotations = { ...pod.metadata?.annotations, 'kubernetes.io/config.mirror': 'x' };
      const object = { ...pod, metadata: { ...pod.metadata, annotations } };
      const request: AdmissionRequest = { ...given, object, userInfo: { groups: ['system:nodes'] } };
      const { response } = admit(request, asking, around).review;
      expect(response.allowed).toBe(true);
      expect(response.patch).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
