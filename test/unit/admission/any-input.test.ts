import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeAdmissionReview, MalformedReviewError } from '../../../src/admission/decode-review.ts';
import type { AdmissionResponse } from '../../../src/admission/encode-response.ts';
import type { Phase } from '../../../src/policy/review.ts';
import type { World } from '../../../src/policy/world.ts';
import { admit, admitInFull } from '../../support/worlds/answered.ts';
import { anyJson, damaged } from '../../support/arbitrary/arbitrary-damage.ts';
import { anyRequest } from '../../support/arbitrary/arbitrary-request.ts';
import { world } from '../../support/arbitrary/arbitrary-world.ts';
import { bodyOf, requestFields, reviewBody, type ReviewedKind } from '../../support/worlds/request-of.ts';

const phases: readonly Phase[] = ['mutating', 'validating'];

/** Answers a body in both phases and in full, or says that it is malformed; anything else that is thrown goes on. */
function answersTo(body: Uint8Array, around: World): readonly AdmissionResponse[] | 'malformed' {
  try {
    const request = decodeAdmissionReview(body);
    admitInFull(request, around);
    return phases.map((phase) => admit(request, phase, around).review.response);
  } catch (error) {
    if (!(error instanceof MalformedReviewError)) throw error;
    expect(error.message).toMatch(/^[^\p{Cc}]{1,600}$/u);
    return 'malformed';
  }
}

function runes(text: string): number {
  return Array.from(text).length;
}

/** What the API server wants of every answer, whatever it was asked. */
function expectGoodAnswer(response: AdmissionResponse, phase: Phase): void {
  const { allowed, status, patch, patchType, warnings = [], auditAnnotations = {} } = response;
  expect(allowed).toBe(status === undefined);
  expect(patchType).toBe(patch === undefined ? undefined : 'JSONPatch');
  if (!allowed || phase === 'validating') expect(patch).toBeUndefined();
  for (const warning of warnings) {
    expect(warning).toMatch(/^[^\p{Cc}]+$/u);
    expect(runes(warning)).toBeLessThan(256);
  }
  expect(warnings.reduce((total, warning) => total + runes(warning), 0)).toBeLessThan(4096);
  for (const key of Object.keys(auditAnnotations)) expect(key).toMatch(/^[a-z-]{1,63}$/);
  // Of an Invalid object a cause leaves out the object, which kubectl prints before it.
  const ofCause = (message: string) => (status?.reason === 'Invalid' ? message.slice(message.indexOf(' [')) : message);
  for (const { message } of status?.details.causes ?? []) expect(status?.message).toContain(ofCause(message));
}

describe('nothing makes admission throw anything but that the review is malformed:', () => {
  const never = (bodies: fc.Arbitrary<Uint8Array>, numRuns: number) => {
    fc.assert(
      fc.property(bodies, world, (body, around) => {
        const answers = answersTo(body, around);
        if (answers === 'malformed') return;
        for (const [index, answer] of answers.entries()) expectGoodAnswer(answer, phases[index] ?? 'mutating');
      }),
      { numRuns },
    );
  };

  test('not any bytes', () => {
    never(fc.uint8Array({ maxLength: 100 }), 200);
  });

  test('not any JSON, as a body and as a request', () => {
    never(
      fc.json().map((text) => Buffer.from(text)),
      300,
    );
    never(anyJson.map(bodyOf), 200);
    never(anyJson.map(reviewBody), 200);
  });

  test('not any JSON as an object and as what it was before', () => {
    const kind = fc.constantFrom<ReviewedKind>(
      'Pod',
      'RuntimeClass',
      'Deployment',
      'CronJob',
      'PodTemplate',
      'ConfigMap',
    );
    const operation = fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT');
    const object = fc.oneof(anyJson, fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }));
    const request = fc.record({ kind, operation, object, oldObject: fc.option(object) });
    never(
      request.map(({ kind: of, ...parts }) => reviewBody(requestFields(of, parts))),
      500,
    );
  });

  test('not a good review that was damaged', () => {
    const good = anyRequest.map((request) => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }));
    never(damaged(good).map(bodyOf), 800);
  });
});

test('every answer to a good review is one that the API server takes', () => {
  fc.assert(
    fc.property(anyRequest, world, (request, around) => {
      for (const phase of phases) {
        const { response } = admit(request, phase, around).review;
        expect(response.uid).toBe(request.uid);
        expectGoodAnswer(response, phase);
      }
    }),
    { numRuns: 500 },
  );
});
