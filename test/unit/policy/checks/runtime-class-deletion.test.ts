import { describe, expect, test } from '@jest/globals';
import type { RuntimeClass } from '../../../../src/generated/objects.ts';
import { verdictOn, type PhasedReview } from '../judged.ts';
import { classReview } from '../review-of.ts';
import { classOf, worldOf } from '../../../support/worlds/world-of.ts';
import { find, judge, obstacle, podOf, pods, runtimes, withPods, type Pods } from './class-with-pods.ts';

const sandbox = classOf('sandbox', 'runsc');

const deletion = (runtimeClass: RuntimeClass, setting: 'warn' | 'deny' | 'allow', parts: Pods) =>
  judge('DELETE', runtimeClass, setting, parts);

const recreate = 'Create the class again with the same handler, or delete these pods.';
const force = '`kubectl annotate runtimeclass sandbox shimgate.dev/allow-deletion=true`, then delete it again.';

describe('the deletion of a class', () => {
  test.each<readonly [string, 'warn' | 'deny' | 'allow', Pods, readonly string[]]>([
    ['that no pod uses', 'deny', { pods: pods(3, { className: 'other' }) }, []],
    ['whose pods have succeeded', 'deny', { pods: pods(3, { phase: 'Succeeded' }) }, []],
    ['whose pods have failed', 'deny', { pods: pods(3, { phase: 'Failed' }) }, []],
    ['that pods use, where that is allowed', 'allow', { pods: pods(3) }, []],
    [
      'that a pod uses',
      'warn',
      { pods: pods(1) },
      [
        `warning: RuntimeClass sandbox: 1 pod uses it, and cannot start again without it. [RuntimeClassInUse] ${recreate}`,
      ],
    ],
    [
      'that a pod waits to use',
      'warn',
      { pods: pods(1, { phase: 'Pending' }) },
      [
        `warning: RuntimeClass sandbox: 1 pod uses it, and cannot start again without it. [RuntimeClassInUse] ${recreate}`,
      ],
    ],
    [
      'that several pods use',
      'deny',
      { pods: [...pods(2), podOf('done', { phase: 'Succeeded' })] },
      [
        `error: RuntimeClass sandbox: 2 pods use it, and cannot start again without it. [RuntimeClassInUse] Delete these pods first (${find}), or force it: ${force}`,
      ],
    ],
    [
      'that many pods use, not all of which were looked at',
      'warn',
      { pods: pods(5), extent: 'enough' },
      [
        `warning: RuntimeClass sandbox: at least 5 pods use it, and cannot start again without it. [RuntimeClassInUse] ${recreate}`,
      ],
    ],
    [
      'that a pod uses, and time was over',
      'deny',
      { pods: pods(1), extent: obstacle },
      [
        `error: RuntimeClass sandbox: at least 1 pod uses it (not all pods could be checked within 5 s), and cannot start again without it. [RuntimeClassInUse] Delete these pods first (${find}), or force it: ${force}`,
      ],
    ],
    [
      'that no pod was seen to use before time was over, where that is denied',
      'deny',
      { extent: obstacle },
      [
        `error: RuntimeClass sandbox: it is not known whether pods use it (not all pods could be checked within 5 s). [RuntimeClassInUse] Try again later, or force it: ${force}`,
      ],
    ],
    [
      'that no pod was seen to use before time was over',
      'warn',
      { extent: obstacle },
      [
        `warning: RuntimeClass sandbox: it is not known whether pods use it (not all pods could be checked within 5 s). [RuntimeClassInUse] ${recreate}`,
      ],
    ],
  ])('%s, under %s', (_, setting, parts, expected) => {
    expect(deletion(sandbox, setting, parts)).toEqual(expected);
  });

  test.each([
    ['true', 'warning'],
    ['false', 'error'],
    ['True', 'error'],
    ['', 'error'],
  ])('is forced by the annotation with the value true, and by no other: %j', (value, severity) => {
    const forced = { ...sandbox, metadata: { name: 'sandbox', annotations: { 'shimgate.dev/allow-deletion': value } } };
    expect(deletion(forced, 'deny', { pods: pods(1) })).toEqual([
      expect.stringMatching(new RegExp(`^${severity}: `)) as unknown,
    ]);
  });

  test('is denied in mode enforce only', () => {
    const decisions = (['enforce', 'warn', 'audit'] as const).map((mode) => {
      const world = worldOf({ configuration: { mode, runtimes, runtimeClassDeletion: 'deny' } });
      const review: PhasedReview = { ...classReview(sandbox, undefined, 'validating'), operation: 'DELETE' };
      return verdictOn(withPods(review, world, { pods: pods(1) }), world).decision;
    });
    expect(decisions).toEqual(['deny', 'would-deny', 'would-deny']);
  });

  test('is told in a warning that kubectl shows whole, with what to do', () => {
    for (const told of deletion(sandbox, 'warn', { pods: pods(5), extent: 'enough' })) {
      expect(Array.from(told).length).toBeLessThan(256);
    }
  });
});
