import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isMirrorPod, type Phase } from '../../../src/policy/review.ts';
import { reviewOfRequest } from '../../../src/admission/decode-review.ts';
import { admit } from '../../support/worlds/answered.ts';
import { anyRequest } from '../../support/arbitrary/arbitrary-request.ts';
import { world } from '../../support/arbitrary/arbitrary-world.ts';

const sampleSize = 4000;

/** How often each thing happens in a sample that is the same in every run. */
function countCases(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [request, around] of fc.sample(fc.tuple(anyRequest, world), { numRuns: sampleSize, seed: 20_260_101 })) {
    for (const phase of ['mutating', 'validating'] satisfies Phase[]) {
      const { verdict, review } = admit(request, phase, around);
      count(`${phase} ${verdict.decision}`);
      if (verdict.defaultClass !== undefined) count('a default class');
      if (review.response.patch !== undefined) count('a patch');
      if (review.response.patch !== undefined && request.operation === 'UPDATE') count('a patch that restores');
      for (const { code, severity } of verdict.findings) count(`${severity} ${code}`);
      if (verdict.shim !== undefined) count(`source ${verdict.shim.source}`);
    }
    if (isMirrorPod(reviewOfRequest(request))) count('a mirror pod');
  }
  return counts;
}

describe('what is generated leads, often enough to be tested, to', () => {
  const counts = countCases();

  test.each([
    'mutating allow',
    'mutating deny',
    'mutating would-deny',
    'mutating exempt',
    'validating allow',
    'validating deny',
    'validating would-deny',
    'validating exempt',
    'a default class',
    'a patch',
    'a patch that restores',
    'a mirror pod',
    'source configured',
    'source stock',
    'source implicit',
    'source class',
    'source node',
    'error RuntimeClassNotAllowed',
    'warning RuntimeClassNotAllowed',
    'warning MalformedModeLabel',
    'error RuntimeClassNotFound',
    'warning RuntimeClassNotFound',
    'error UndeclaredHandler',
    'warning UndeclaredHandler',
    'error AbsolutePath',
    'warning AbsolutePath',
    'error RelativePath',
    'error WindowsPath',
    'error EmptyName',
    'error MissingDot',
    'error LeadingDot',
    'error ControlCharacter',
    'warning ImplicitShim',
    'warning DeclaredShimDiffers',
    'warning HandlerOnNoNode',
    'info HandlerWithoutFeatures',
    'warning ManagedAnnotationReplaced',
    'warning ManagedAnnotationRestored',
    'warning ManagedAnnotationMissing',
    'error ManagedAnnotationWrong',
    'error ManagedAnnotationChanged',
    'error GuardedAnnotation',
    'warning GuardedAnnotation',
    'warning PodAnnotationNotPassed',
    'error BindingAnnotation',
  ])('%s', (name) => {
    expect(counts.get(name) ?? 0).toBeGreaterThanOrEqual(3);
  });
});
