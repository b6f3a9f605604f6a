import { describe, expect, test } from '@jest/globals';
import { podPassedAnnotations } from '../../../../src/policy/checks/pod-passed-annotations.ts';
import { judgedBy, verdictOn, type PhasedReview } from '../judged.ts';
import { podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { classOf, worldOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';

const hypervisor = 'io.katacontainers.config.hypervisor.';
const vcpus = `${hypervisor}default_vcpus`;
const slots = `${hypervisor}memory_slots`;
const kernel = `${hypervisor}kernel`;

const runtimes = {
  kata: {
    runtimeType: 'io.containerd.kata.v2',
    podAnnotations: ['other.example.com/*'],
    allowedAnnotations: { [kernel]: ['/opt/kata/*'] },
  },
  unsaid: { runtimeType: 'io.containerd.kata.v2' },
  runc: { runtimeType: 'io.containerd.runc.v2', podAnnotations: [] },
} satisfies ConfigurationFields['runtimes'];

const classes = [classOf('vm', 'kata'), classOf('unsaid', 'unsaid')];
const world = worldOf({ configuration: { mode: 'enforce', injectedAnnotations: [], runtimes }, classes });
const chain = 'Pod team/web -> RuntimeClass "vm" -> handler "kata" -> shim "io.containerd.kata.v2"';

const found = (review: PhasedReview, around = world) => judgedBy(podPassedAnnotations, review, around).findings;
const judge = (className: string | undefined, annotations: Readonly<Record<string, string>>, around = world) =>
  found(podCreation('mutating', podOf(className, annotations)), around);

describe('nothing is said of', () => {
  test.each<readonly [string, string | undefined, Readonly<Record<string, string>>]>([
    ['a pod without annotations', 'vm', {}],
    ['what nobody is known to read', 'vm', { 'example.com/x': 'y', note: 'z' }],
    ['what is passed on', 'vm', { 'other.example.com/x': 'y' }],
    ['what the node reads by itself', 'vm', { 'containerd.io/snapshot/x': 'y', 'devices.nri.io': 'z' }],
    ['a runtime that does not say what it passes on', 'unsaid', { [vcpus]: '4' }],
    ['a class that does not exist', 'nosuch', { [vcpus]: '4' }],
    ['what shimgate writes', 'vm', { 'shimgate.dev/source': 'configured' }],
  ])('%s', (_, className, annotations) => {
    expect(judge(className, annotations)).toEqual([]);
  });
});

describe('a pod is warned', () => {
  test('of a key that no glob has', () => {
    expect(judge('vm', { [vcpus]: '4' })).toEqual([
      {
        code: 'PodAnnotationNotPassed',
        severity: 'warning',
        field: `metadata.annotations[${vcpus}]`,
        message: `${chain}: annotation ${vcpus} does not reach the shim: no glob of runtimes.kata.podAnnotations matches it.`,
        fix: `Remove it, or have an administrator pass it on: by pod_annotations on the nodes, and here by adding to runtimes.kata.podAnnotations: ["${vcpus}"].`,
      },
    ]);
  });

  test('once of several keys, and not to pass on what would then be denied', () => {
    expect(judge('vm', { [vcpus]: '4', [`${hypervisor}path`]: '/x', [kernel]: '/opt/kata/a' })).toEqual([
      {
        code: 'PodAnnotationNotPassed',
        severity: 'warning',
        field: 'metadata.annotations',
        message: `${chain}: 3 annotations do not reach the shim (${vcpus}, ${hypervisor}path, ${kernel}): no glob of runtimes.kata.podAnnotations matches them.`,
        fix: `Remove them, or have an administrator pass what needs no other permission on: by pod_annotations on the nodes, and here by adding to runtimes.kata.podAnnotations: ["${vcpus}", "${kernel}"].`,
      },
    ]);
  });

  test('of a guarded key, only to remove it', () => {
    expect(judge(undefined, { 'io.kubernetes.cri-o.userns-mode': 'auto' })).toMatchObject([
      {
        message:
          'Pod team/web -> default runtime "runc" -> shim "io.containerd.runc.v2": annotation io.kubernetes.cri-o.userns-mode does not reach the shim: no glob of runtimes.runc.podAnnotations matches it.',
        fix: 'Remove it.',
      },
    ]);
  });

  test('of thousands in one sentence', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`dev.gvisor.x${index}`, '']));
    const [one, ...others] = judge('vm', many);
    expect(others).toEqual([]);
    expect(one?.message).toContain('5000 annotations do not reach the shim (dev.gvisor.x0, ');
    expect(one?.message).toContain('dev.gvisor.x7 and 4992 more): ');
  });
});

test('advice that is followed to the letter is enough, and does not lead to a denial', () => {
  const annotations = { [vcpus]: '4', [slots]: '2', [`${hypervisor}path`]: '/x', [kernel]: '/opt/kata/a' };
  const [{ fix } = { fix: '' }] = judge('vm', annotations);
  const passed: unknown = JSON.parse(/podAnnotations: (\[.*\])\.$/.exec(fix)?.[1] ?? '');
  const podAnnotations = [...runtimes.kata.podAnnotations, ...(passed as readonly string[])];
  const configuration = {
    mode: 'enforce',
    injectedAnnotations: [],
    runtimes: { kata: { ...runtimes.kata, podAnnotations } },
  } satisfies ConfigurationFields;
  const around = worldOf({ configuration, classes });
  expect(judge('vm', { [vcpus]: '4', [slots]: '2', [kernel]: '/opt/kata/a' }, around)).toEqual([]);
  const { decision } = verdictOn(podCreation('validating', podOf('vm', { ...annotations })), around);
  expect(decision).toBe('allow');
  // Neighbours are passed on no more than before.
  expect(judge('vm', { [`${vcpus}x`]: '4', [`${hypervisor}default_memory`]: '4' }, around)).toHaveLength(1);
});

describe('on an update', () => {
  const old = podOf('vm', { [vcpus]: '4' });

  test.each<readonly [string, Readonly<Record<string, string>>, number]>([
    ['what stayed is not told', { [vcpus]: '4', note: 'x' }, 0],
    ['what goes is not told', {}, 0],
    ['what changes is told', { [vcpus]: '8' }, 1],
    ['what comes is told', { [vcpus]: '4', [slots]: '2' }, 1],
  ])('%s', (_, annotations, count) => {
    expect(found(podUpdate('validating', podOf('vm', annotations), old))).toHaveLength(count);
  });
});

test('a template is told, at its own field', () => {
  expect(found(templateReview(podOf('vm', { [vcpus]: '4' })))).toMatchObject([
    { severity: 'warning', field: `spec.template.metadata.annotations[${vcpus}]` },
  ]);
});

test('a deletion is not judged', () => {
  expect(found(podCreation('validating', podOf('vm', { [vcpus]: '4' }), { operation: 'DELETE' }))).toEqual([]);
});
