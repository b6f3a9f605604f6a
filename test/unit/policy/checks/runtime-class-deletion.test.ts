import { describe, expect, test } from '@jest/globals';
import type { Pod, RuntimeClass } from '../../../../src/generated/objects.ts';
import { podQuestion, runtimeClassDeletion, withUse } from '../../../../src/policy/checks/runtime-class-deletion.ts';
import { podSearch } from '../../../../src/policy/pod-search.ts';
import type { PodUse } from '../../../../src/policy/pod-use.ts';
import type { World } from '../../../../src/policy/world.ts';
import { judgedBy, lineOf, verdictOn, type PhasedReview } from '../judged.ts';
import { classReview } from '../review-of.ts';
import { classOf, worldOf } from '../../../support/worlds/world-of.ts';

const handlerKey = 'io.containerd.cri.runtime-handler';
const runtimes = { runsc: { runtimeType: 'io.containerd.runsc.v1' }, kata: { runtimeType: 'io.containerd.kata.v2' } };
const sandbox = classOf('sandbox', 'runsc');
const obstacle = { obstacle: 'not all pods could be checked within 5 s' };

type PodParts = { readonly className?: string; readonly phase?: string; readonly handler?: string };

function podOf(name: string, { className = 'sandbox', phase = 'Running', handler }: PodParts = {}): Pod {
  const annotations = handler === undefined ? null : { [handlerKey]: handler };
  return {
    metadata: { name, namespace: 'team', annotations },
    spec: { runtimeClassName: className },
    status: { phase },
  };
}

const pods = (count: number, parts?: PodParts) =>
  Array.from({ length: count }, (_, index) => podOf(`web-${index}`, parts));

/** The pods of the cluster, and whether all of them could be looked at. */
type Pods = { readonly pods?: readonly Pod[]; readonly extent?: PodUse['extent'] };

/** A review with what is found of these pods, where anybody wants to know. */
function withPods(review: PhasedReview, world: World, { pods: known = [], extent = 'all' }: Pods): PhasedReview {
  const { phase } = review;
  const question = podQuestion(review, phase, world.configuration);
  if (question === undefined) return review;
  const search = podSearch(question);
  for (const pod of known) search.look(pod);
  return { ...withUse(review, search.found(extent)), phase };
}

function judge(
  operation: 'CREATE' | 'DELETE',
  runtimeClass: RuntimeClass,
  setting: 'warn' | 'deny' | 'allow',
  parts: Pods,
) {
  const world = worldOf({ configuration: { runtimes, runtimeClassDeletion: setting } });
  const review = withPods({ ...classReview(runtimeClass, undefined, 'validating'), operation }, world, parts);
  return judgedBy(runtimeClassDeletion, review, world).findings.map((found) => `${found.severity}: ${lineOf(found)}`);
}

const deletion = (runtimeClass: RuntimeClass, setting: 'warn' | 'deny' | 'allow', parts: Pods) =>
  judge('DELETE', runtimeClass, setting, parts);

const find =
  '`kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,CLASS:.spec.runtimeClassName` says which they are';
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

describe('a class that is made under a name that pods use', () => {
  const kata = classOf('sandbox', 'kata');
  const otherName = 'Delete these pods, so that they are made anew, or give the class another name.';

  test.each<readonly [string, Pods]>([
    ['with the same handler', { pods: pods(2, { handler: 'kata' }) }],
    ['with another handler, and they have finished', { pods: pods(2, { handler: 'runsc', phase: 'Failed' }) }],
    ['and only manifests have them: they are yet to be made', { pods: pods(2, { phase: '' }) }],
  ])('%s', (_, parts) => {
    for (const setting of ['warn', 'deny', 'allow'] as const) expect(judge('CREATE', kata, setting, parts)).toEqual([]);
  });

  test.each<readonly [string, Pods, string]>([
    [
      'with another handler, and they only wait',
      { pods: pods(2, { handler: 'runsc', phase: 'Pending' }) },
      '2 pods use it with handler "runsc"',
    ],
    ['with a handler that nothing tells', { pods: pods(1) }, '1 pod uses it with a handler that is not known,'],
    [
      'with another handler',
      { pods: [...pods(1, { handler: 'runsc' }), podOf('same', { handler: 'kata' })] },
      '1 pod uses it with handler "runsc"',
    ],
    [
      'with other handlers',
      { pods: [podOf('a', { handler: 'runsc' }), podOf('b', { handler: 'crun' }), podOf('c')], extent: obstacle },
      'at least 3 pods use it with handler "runsc", "crun" or one that is not known,',
    ],
  ])('%s', (_, parts, found) => {
    const said = `: RuntimeClass sandbox: ${found} of a former class of this name. This one has "kata". [RuntimeClassRecreated] `;
    expect(judge('CREATE', kata, 'warn', parts)).toEqual([`warning${said}${otherName}`]);
    const first = `Delete these pods first (${find}), or give the class another name.`;
    expect(judge('CREATE', kata, 'deny', parts)).toEqual([`error${said}${first}`]);
    expect(judge('CREATE', kata, 'allow', parts)).toEqual([]);
  });

  test('perhaps, since time was over', () => {
    const said =
      ': RuntimeClass sandbox: it is not known whether pods of a former class of this name have another handler (not all pods could be checked within 5 s). [RuntimeClassRecreated] ';
    expect(judge('CREATE', kata, 'warn', { extent: obstacle })).toEqual([`info${said}${otherName}`]);
    const later = 'Try again later, or give the class another name.';
    expect(judge('CREATE', kata, 'deny', { extent: obstacle })).toEqual([`error${said}${later}`]);
  });

  test('is denied whatever it is annotated with, in mode enforce', () => {
    const forced = { ...kata, metadata: { name: 'sandbox', annotations: { 'shimgate.dev/allow-deletion': 'true' } } };
    const decisions = (['enforce', 'warn'] as const).map((mode) => {
      const world = worldOf({ configuration: { mode, runtimes, runtimeClassDeletion: 'deny' } });
      const review = classReview(forced, undefined, 'validating');
      return verdictOn(withPods(review, world, { pods: pods(1, { handler: 'runsc' }) }), world).decision;
    });
    expect(decisions).toEqual(['deny', 'would-deny']);
  });

  test('is told of by the validating webhook alone', () => {
    const world = worldOf({ configuration: { runtimes } });
    const found = { pods: pods(1, { handler: 'runsc' }) };
    const codesOf = (review: PhasedReview) =>
      judgedBy(runtimeClassDeletion, review, world).findings.map(({ code }) => code);
    const told = withPods(classReview(kata, undefined, 'validating'), world, found);
    expect(codesOf(told)).toEqual(['RuntimeClassRecreated']);
    expect(codesOf({ ...told, phase: 'mutating' })).toEqual([]);
    for (const review of [classReview(kata, undefined, 'mutating'), classReview(kata, kata, 'validating')])
      expect(codesOf(withPods(review, world, found))).toEqual([]);
  });
});
