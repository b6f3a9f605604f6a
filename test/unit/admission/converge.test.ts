import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyVerdict } from '../../../src/admission/annotation-patch.ts';
import { reviewOfRequest, type AdmissionRequest } from '../../../src/admission/decode-review.ts';
import { warningTexts } from '../../../src/admission/warnings.ts';
import type { Finding } from '../../../src/finding/finding.ts';
import type { Pod } from '../../../src/generated/objects.ts';
import { annotationsOf, classNameOf, isMirrorPod } from '../../../src/policy/review.ts';
import { World } from '../../../src/policy/world.ts';
import { admit, admitInFull } from '../../support/worlds/answered.ts';
import { managedKeys } from '../../support/arbitrary/arbitrary-annotations.ts';
import {
  anyRequest,
  classWrite,
  plainClassUpdate,
  plainPodUpdate,
  podCreation,
  podUpdate,
} from '../../support/arbitrary/arbitrary-request.ts';
import { world } from '../../support/arbitrary/arbitrary-world.ts';
import { patchedBy, patchOf } from './patched-object.ts';

/** Checks a property of a request in a world; fast-check prints seed and counterexample where it does not hold. */
function holds(
  requests: fc.Arbitrary<AdmissionRequest>,
  numRuns: number,
  check: (request: AdmissionRequest, around: World) => void,
): void {
  fc.assert(fc.property(requests, world, check), { numRuns });
}

/** A request's object, and the request with what the mutating webhook made of it. */
function mutate(request: AdmissionRequest, around: World) {
  const first = admit(request, 'mutating', around);
  const object = patchedBy(first.review, request.object ?? {});
  return { ...first, object, next: { ...request, object } };
}

function isMirror(request: AdmissionRequest): boolean {
  return isMirrorPod(reviewOfRequest(request));
}

function isClassMissed(findings: readonly Finding[]): boolean {
  return findings.some(({ code }) => code === 'RuntimeClassNotAllowed');
}

/** What a finding says to a user. */
function words(findings: readonly Finding[]): readonly string[] {
  return findings.map((one) => `${one.severity} ${one.field}: ${warningTexts([one]).join('')}`);
}

const writes = fc.oneof(podCreation, podUpdate, classWrite);

describe('what the mutating webhook does', () => {
  test('is what an independent library makes of its patch, to the letter', () => {
    holds(writes, 500, (request, around) => {
      const { verdict, object } = mutate(request, around);
      const { subject } = applyVerdict(reviewOfRequest(request), verdict);
      const applied = subject.kind === 'Pod' ? subject.pod : request.object;
      expect(JSON.stringify(object)).toBe(JSON.stringify(applied));
    });
  });

  test('it does once: on its own output it patches nothing and restores or replaces nothing', () => {
    holds(writes, 500, (request, around) => {
      const first = mutate(request, around);
      if (!first.review.response.allowed) return;
      const second = admit(first.next, 'mutating', around);
      expect(second.review.response.allowed).toBe(true);
      expect(patchOf(second.review)).toEqual([]);
      expect(words(first.verdict.told)).toEqual(expect.arrayContaining([...words(second.verdict.told)]));
    });
  });

  test('the validating webhook accepts, and warns of nothing new', () => {
    holds(writes, 500, (request, around) => {
      const first = mutate(request, around);
      if (!first.review.response.allowed) return;
      const second = admit(first.next, 'validating', around);
      // Another webhook may set a class until then, so only the validating one misses it.
      if (classNameOf(first.object) === undefined && isClassMissed(second.verdict.findings)) return;
      expect(second.review.response.allowed).toBe(true);
      if (!isMirror(request))
        expect(words(first.verdict.told)).toEqual(expect.arrayContaining([...words(second.verdict.told)]));
    });
  });

  test('the validating webhook of a replica that has changed over accepts too', () => {
    fc.assert(
      fc.property(podCreation, world, world, (request, before, { configuration }) => {
        const first = mutate(request, before);
        if (!first.review.response.allowed || isMirror(request)) return;
        const after = new World(before.cluster, configuration, [before.configuration]);
        const codes = admit(first.next, 'validating', after).verdict.findings.map(({ code }) => code);
        expect(codes).not.toContain('ManagedAnnotationWrong');
        expect(codes).not.toContain('ManagedAnnotationMissing');
      }),
      { numRuns: 300 },
    );
  });

  test('both together do, as the command line does it', () => {
    holds(writes, 300, (request, around) => {
      const first = mutate(request, around);
      const second = admit(first.next, 'validating', around);
      const { allowed, patch } = admitInFull(request, around);
      expect(allowed).toBe(first.review.response.allowed && second.review.response.allowed);
      expect(patch).toEqual(allowed ? patchOf(first.review) : []);
    });
  });
});

describe('the two webhooks', () => {
  test('word alike what both find', () => {
    holds(writes, 300, (request, around) => {
      const first = mutate(request, around);
      // Nobody is asked after a denial, which gives no default class either.
      if (!first.review.response.allowed) return;
      const second = admit(first.next, 'validating', around);
      for (const found of second.verdict.findings) {
        const alike = first.verdict.findings.filter(({ code, field }) => code === found.code && field === found.field);
        if (alike.length > 0) expect(words(alike)).toContain(words([found])[0]);
      }
    });
  });

  test('say the same of a class', () => {
    holds(classWrite, 300, (request, around) => {
      expect(admit(request, 'validating', around)).toEqual(admit(request, 'mutating', around));
    });
  });

  test('give the same answer to the same question, and change nothing that they were asked about', () => {
    holds(anyRequest, 300, (request, around) => {
      const before = JSON.stringify(request);
      for (const phase of ['mutating', 'validating'] as const) {
        const answers = [1, 2].map(() => JSON.stringify(admit(request, phase, around)));
        expect(answers[1]).toBe(answers[0]);
      }
      expect(JSON.stringify(request)).toBe(before);
    });
  });
});

describe('on UPDATE the old object is the truth:', () => {
  test('what leaves the annotations alone is neither patched nor denied, in any world', () => {
    holds(plainPodUpdate, 500, (request, around) => {
      for (const phase of ['mutating', 'validating'] as const) {
        const { verdict, review } = admit(request, phase, around);
        expect(review.response.allowed).toBe(true);
        expect(patchOf(review)).toEqual([]);
        expect(verdict.findings).toEqual([]);
      }
    });
  });

  test('a class that names what it named before is not denied, in any world', () => {
    holds(plainClassUpdate, 300, (request, around) => {
      for (const phase of ['mutating', 'validating'] as const) {
        const { verdict, review } = admit(request, phase, around);
        expect(review.response.allowed).toBe(true);
        expect(verdict.decision).toBe(verdict.exemption === undefined ? 'allow' : 'exempt');
      }
    });
  });

  test('what only shimgate writes has its old value afterwards, or is gone', () => {
    holds(podUpdate, 500, (request, around) => {
      const before = request.oldObject as Pod;
      const { verdict, object } = mutate(request, around);
      const after = object as Pod;
      // Then nothing is written at all, for another reason.
      if (verdict.decision === 'deny') return;
      if (after.metadata?.deletionTimestamp !== undefined && after.metadata.deletionTimestamp !== null) return;
      const { exemption } = admit(request, 'mutating', around).verdict;
      const isHandlerOurs = around.configuration.runtimeHandlerAnnotation !== false && exemption === undefined;
      for (const key of managedKeys) {
        if (key === 'io.containerd.cri.runtime-handler' && !isHandlerOurs) continue;
        expect([key, annotationsOf(after)[key]]).toEqual([key, annotationsOf(before)[key]]);
      }
    });
  });
});
