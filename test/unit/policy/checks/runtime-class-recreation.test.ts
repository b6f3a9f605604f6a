import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../../src/generated/objects.ts';
import { runtimeClassDeletion } from '../../../../src/policy/checks/runtime-class-deletion.ts';
import { judgedBy, verdictOn, type PhasedReview } from '../judged.ts';
import { classReview } from '../review-of.ts';
import { classOf, worldOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';
import { find, judge, obstacle, podOf, pods, runtimes, withPods, type Pods } from './class-with-pods.ts';

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

  describe('and that have no annotation for containerd', () => {
    /** As shimgate writes them by default. */
    const marksOf = (runtimeType: string, source = 'configured') => ({
      'shimgate.dev/runtime-type': runtimeType,
      'shimgate.dev/shim-binary': `containerd-shim-${runtimeType.split('.').slice(-2).join('-')}`,
      'shimgate.dev/source': source,
    });
    const forKata = pods(2, { marks: { 'example.com/own': 'x', ...marksOf('io.containerd.kata.v2') } });
    const codesWith = (fields: ConfigurationFields, known: readonly Pod[]) => {
      const world = worldOf({ configuration: { runtimes, runtimeClassDeletion: 'deny', ...fields } });
      const review = withPods(classReview(kata, undefined, 'validating'), world, { pods: known });
      return judgedBy(runtimeClassDeletion, review, world).findings.map(({ code }) => code);
    };
    const recreated = ['RuntimeClassRecreated'];

    test('are told by what shimgate wrote of the shim, so that the class can be made again', () => {
      expect(codesWith({}, forKata)).toEqual([]);
      expect(codesWith({ runtimeHandlerAnnotation: false }, forKata)).toEqual([]);
    });

    test.each<readonly [string, ConfigurationFields, readonly Pod[]]>([
      ['of another shim', {}, pods(1, { marks: marksOf('io.containerd.runsc.v1') })],
      ['of which too little is written', {}, pods(1, { marks: { 'shimgate.dev/source': 'configured' } })],
      ['of a table that was another', {}, pods(1, { marks: marksOf('io.containerd.kata.v2', 'implicit') })],
      ['where another runtime has the same', { runtimes: { ...runtimes, other: runtimes.kata } }, forKata],
      ['where nothing is written', { injectedAnnotations: [] }, pods(1)],
      ['where no entry declares the handler', { runtimes: {} }, forKata],
    ])('count: %s', (_, fields, known) => {
      expect(codesWith(fields, known)).toEqual(recreated);
    });

    test("are not told by their author's own, where shimgate leaves that alone", () => {
      const claiming = pods(1, { handler: 'kata', marks: marksOf('io.containerd.runsc.v1') });
      expect(codesWith({ runtimeHandlerAnnotation: false }, claiming)).toEqual(recreated);
      expect(codesWith({ runtimeHandlerAnnotation: 'auto' }, pods(1, { handler: 'kata' }))).toEqual([]);
    });
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
