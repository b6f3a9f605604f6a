import { describe, expect, test } from '@jest/globals';
import { podGuardedAnnotations } from '../../../../src/policy/checks/pod-guarded-annotations.ts';
import { nodeKeeper } from '../../../../src/policy/kept-objects.ts';
import { judgedBy, verdictOn, type PhasedReview } from '../judged.ts';
import { fromNode, mirrorAnnotation, podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { classOf, nodeOf, worldOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';

const hypervisor = 'io.katacontainers.config.hypervisor.';
const path = `${hypervisor}path`;
const kernel = `${hypervisor}kernel`;
const machine = `${hypervisor}machine_type`;

const runtimes = {
  kata: {
    runtimeType: 'io.containerd.kata.v2',
    annotations: { [machine]: 'q35' },
    allowedAnnotations: { [kernel]: ['/opt/kata/kernels/*', '/boot/vmlinuz'], [`${hypervisor}image`]: [] },
  },
  runc: { runtimeType: 'io.containerd.runc.v2', allowedAnnotations: { 'run.oci.handler': ['wasm'] } },
} satisfies ConfigurationFields['runtimes'];

const classes = [classOf('vm', 'kata'), classOf('spin', 'spin', { declares: 'io.containerd.spin.v2' })];
const world = worldOf({ configuration: { runtimes }, classes });

function found(review: PhasedReview, around = world) {
  return judgedBy(podGuardedAnnotations, review, around).findings;
}

function judge(className: string | undefined, annotations: Readonly<Record<string, string>>) {
  return found(podCreation('mutating', podOf(className, annotations)));
}

describe('a pod may carry', () => {
  test.each<readonly [string, string | undefined, Readonly<Record<string, string>>]>([
    ['no annotations', 'vm', {}],
    ['harmless ones', 'vm', { [`${hypervisor}default_vcpus`]: '4', note: '/bin/sh' }],
    ['a guarded one with a value that a glob allows', 'vm', { [kernel]: '/opt/kata/kernels/6.1' }],
    ['a guarded one with any value, where the list of globs is empty', 'vm', { [`${hypervisor}image`]: '../ami' }],
    ["what the runtime's entry declares, whatever its value: another policy replaces it", 'vm', { [machine]: 'virt' }],
    ["without a class, what the default runtime's entry allows", undefined, { 'run.oci.handler': 'wasm' }],
  ])('%s', (_, className, annotations) => {
    expect(judge(className, annotations)).toEqual([]);
  });
});

describe("a pod may carry what is at no one's cost:", () => {
  const passing = {
    ...runtimes,
    kata: { ...runtimes.kata, podAnnotations: ['io.katacontainers.*'] },
    runc: { ...runtimes.runc, podAnnotations: [] },
  };
  const around = worldOf({ configuration: { runtimes: passing }, classes });
  const seccomp = 'io.katacontainers.config.runtime.disable_guest_seccomp';

  test.each<readonly [string, string | undefined, Readonly<Record<string, string>>, number]>([
    ['a value that keeps a protection on', 'vm', { [seccomp]: 'false' }, 0],
    ['not one that switches it off', 'vm', { [seccomp]: 'true' }, 1],
    ['what is not passed on to the shim', 'vm', { 'dev.gvisor.flag.host-uds': 'all' }, 0],
    [
      'not without a class, which another node may run by another entry',
      undefined,
      { 'dev.gvisor.flag.host-uds': 'all' },
      1,
    ],
    ['not what is passed on', 'vm', { [path]: '/bin/sh' }, 1],
    ['not what the node reads whatever is passed on', undefined, { 'devices.nri.io': 'x' }, 1],
    ['not what a snapshotter reads', undefined, { 'containerd.io/snapshot/x': 'x' }, 1],
    ['not where nothing is known of what is passed on', 'spin', { 'run.oci.handler': 'wasm' }, 1],
    ['not where the runtime is not known', 'nosuch', { 'dev.gvisor.flag.host-uds': 'all' }, 1],
  ])('%s', (_, className, annotations, count) => {
    expect(found(podCreation('mutating', podOf(className, annotations)), around)).toHaveLength(count);
  });

  test.each([
    ['containerd://2.4.2', 0],
    ['cri-o://1.34.0', 1],
  ])(
    'what is not passed on counts where its nodes run what passes on no more: %s',
    (containerRuntimeVersion, count) => {
      const bare = nodeOf('worker', ['kata']);
      const node = { ...bare, status: { ...bare.status, nodeInfo: { containerRuntimeVersion } } };
      const kept = nodeKeeper()(node);
      const there = worldOf({ configuration: { runtimes: passing }, classes, nodes: kept === undefined ? [] : [kept] });
      const review = podCreation('mutating', podOf('vm', { 'dev.gvisor.flag.host-uds': 'all' }));
      expect(found(review, there)).toHaveLength(count);
    },
  );
});

describe('a pod is refused for', () => {
  const vm = 'Pod team/web -> RuntimeClass "vm" -> handler "kata" -> shim "io.containerd.kata.v2"';

  test.each<readonly [string, string | undefined, Readonly<Record<string, string>>, string, string]>([
    [
      'a key that its runtime does not allow',
      'vm',
      { [path]: '/bin/sh' },
      `${vm}: annotation ${path} is not allowed for runtime "kata" (names the hypervisor binary that the host runs as root).`,
      `Remove the annotation, or have an administrator add to runtimes.kata.allowedAnnotations: {${path}: ["/bin/sh"]}.`,
    ],
    [
      'a value that its runtime does not allow',
      'vm',
      { [kernel]: '/bin/sh' },
      `${vm}: annotation ${kernel} may not be "/bin/sh" for runtime "kata" (names a host file that is booted as the guest's kernel).`,
      'Use a value that runtimes.kata.allowedAnnotations lists for it: "/opt/kata/kernels/*", "/boot/vmlinuz".',
    ],
    [
      'a value that no glob can allow',
      'vm',
      { [kernel]: '/opt/kata/kernels/../../../bin/sh' },
      `${vm}: annotation ${kernel} may not be "/opt/kata/kernels/../../../bin/sh" for runtime "kata", since it has a "." or ".." segment (names a host file that is booted as the guest's kernel).`,
      'Use a value that runtimes.kata.allowedAnnotations lists for it: "/opt/kata/kernels/*", "/boot/vmlinuz".',
    ],
    [
      'a key that only a flawed value could have allowed',
      'vm',
      { [path]: '../sh' },
      `${vm}: annotation ${path} is not allowed for runtime "kata" (names the hypervisor binary that the host runs as root).`,
      'Remove the annotation: no glob allows a value that has a "." or ".." segment.',
    ],
    [
      'a value with characters that a glob gives a meaning',
      'vm',
      { [path]: '/opt/[a]*' },
      `${vm}: annotation ${path} is not allowed for runtime "kata" (names the hypervisor binary that the host runs as root).`,
      `Remove the annotation, or have an administrator add to runtimes.kata.allowedAnnotations: {${path}: ["/opt/\\\\[a]\\\\*"]}.`,
    ],
    [
      'a key, of a class whose runtime is in no table',
      'spin',
      { 'run.oci.handler': 'wasm' },
      'Pod team/web -> RuntimeClass "spin" -> handler "spin" -> shim "io.containerd.spin.v2": annotation run.oci.handler is not allowed for runtime "spin" (chooses another handler in place of the plain container).',
      'Remove the annotation, or have an administrator add to runtimes.spin: {runtimeType: "io.containerd.spin.v2", allowedAnnotations: {run.oci.handler: ["wasm"]}}.',
    ],
    [
      'a key, of a class that does not exist',
      'nosuch',
      { 'run.oci.handler': 'wasm' },
      'Pod team/web -> RuntimeClass "nosuch": annotation run.oci.handler is not allowed for an unknown runtime (chooses another handler in place of the plain container).',
      'Remove the annotation.',
    ],
    [
      'what another runtime allows and the default one does not',
      undefined,
      { [kernel]: '/boot/vmlinuz' },
      `Pod team/web -> default runtime "runc" -> shim "io.containerd.runc.v2": annotation ${kernel} is not allowed for runtime "runc" (names a host file that is booted as the guest's kernel).`,
      `Remove the annotation, or have an administrator add to runtimes.runc.allowedAnnotations: {${kernel}: ["/boot/vmlinuz"]}.`,
    ],
  ])('%s', (_, className, annotations, message, fix) => {
    const field = `metadata.annotations[${Object.keys(annotations)[0] ?? ''}]`;
    expect(judge(className, annotations)).toEqual([
      { code: 'GuardedAnnotation', severity: 'error', field, message, fix },
    ]);
  });

  test('many at once, of which the first sixteen are named and the others counted', () => {
    const many = (count: number) =>
      judge('vm', Object.fromEntries(Array.from({ length: count }, (_, index) => [`run.oci.x${index}`, ''])));
    expect(many(16)).toHaveLength(16);
    expect(many(17).at(-1)?.message).toBe('Pod team/web: 1 more guarded annotation is not allowed either.');
    const crowd = many(20_000);
    expect(crowd).toHaveLength(17);
    expect(crowd.at(-1)).toMatchObject({
      field: 'metadata.annotations',
      message: 'Pod team/web: 19984 more guarded annotations are not allowed either.',
    });
  });

  test('a key of a megabyte, of which a message shows the beginning', () => {
    const [refusal] = judge('vm', { [`run.oci.${'x'.repeat(1_000_000)}`]: 'y'.repeat(1_000_000) });
    expect(`${refusal?.field ?? ''}${refusal?.message ?? ''}${refusal?.fix ?? ''}`.length).toBeLessThan(2000);
  });
});

test('the pod that a default runtime of its own runs is judged by that entry', () => {
  const around = worldOf({ configuration: { runtimes, defaultRuntime: 'kata' }, classes });
  const review = podCreation('mutating', podOf(undefined, { [kernel]: '/boot/vmlinuz', [machine]: 'virt' }));
  expect(found(review, around).map(({ message }) => message)).toEqual([
    'Pod team/web -> default runtime "kata" -> shim "io.containerd.kata.v2": annotation io.katacontainers.config.hypervisor.machine_type is not allowed for runtime "kata" (becomes the hypervisor\'s machine type, part of its command line).',
  ]);
});

describe('an untrusted workload is judged by the entry of the runtime untrusted', () => {
  const untrusted = { runtimeType: 'io.containerd.kata.v2', allowedAnnotations: { [kernel]: [] } };
  const around = worldOf({ configuration: { runtimes: { ...runtimes, untrusted } }, classes });

  test.each<readonly [string, string, Readonly<Record<string, string>>, number]>([
    ['which allows the key', 'true', { [kernel]: '/x' }, 0],
    ['which does not allow what the default one does', 'true', { 'run.oci.handler': 'wasm' }, 1],
    ['and not where the value is another one', 'True', { [kernel]: '/x' }, 1],
    ['and not where the value is another one, by the default one', '1', { 'run.oci.handler': 'wasm' }, 0],
  ])('%s', (_, value, annotations, count) => {
    const pod = podOf(undefined, { 'io.kubernetes.cri.untrusted-workload': value, ...annotations });
    expect(found(podCreation('mutating', pod), around)).toHaveLength(count);
  });
});

describe('on an update', () => {
  const old = podOf('vm', { [path]: '/bin/sh', [kernel]: '/bin/sh' });

  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ['what stayed is not judged', { [path]: '/bin/sh', [kernel]: '/bin/sh', note: 'new' }, []],
    ['what goes is not judged', {}, []],
    ['what changes to an allowed value is let in', { [kernel]: '/boot/vmlinuz' }, []],
    ['what changes is judged', { [path]: '/bin/bash', [kernel]: '/bin/sh' }, [path]],
    ['what comes is judged', { [path]: '/bin/sh', 'run.oci.handler': 'krun' }, ['run.oci.handler']],
  ])('%s', (_, annotations, keys) => {
    for (const phase of ['mutating', 'validating'] as const) {
      const fields = found(podUpdate(phase, podOf('vm', annotations), old)).map(({ field }) => field);
      expect(fields).toEqual(keys.map((key) => `metadata.annotations[${key}]`));
    }
  });

  test('a pod that is going is let through', () => {
    const going = { ...podOf('vm', { [path]: '/x' }), metadata: { deletionTimestamp: 'now', annotations: {} } };
    expect(verdictOn(podUpdate('validating', going, old), world).decision).toBe('allow');
  });
});

test('a deletion is not judged', () => {
  expect(found(podCreation('validating', podOf('vm', { [path]: '/x' }), { operation: 'DELETE' }))).toEqual([]);
});

test('a template is warned about, at its own field', () => {
  const { decision, told } = verdictOn(templateReview(podOf('vm', { [path]: '/bin/sh' })), world);
  expect(decision).toBe('allow');
  expect(told).toMatchObject([
    { code: 'GuardedAnnotation', severity: 'warning', field: `spec.template.metadata.annotations[${path}]` },
  ]);
});

test('a mirror pod is reported and not denied', () => {
  const pod = podOf(undefined, { [path]: '/bin/sh', ...mirrorAnnotation });
  const { decision, told } = verdictOn(podCreation('validating', pod, fromNode), world);
  expect([decision, told.map(({ code }) => code)]).toEqual(['would-deny', ['GuardedAnnotation']]);
});

describe('what another replica wrote by the configuration just before', () => {
  const now = { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } };
  const around = worldOf({ configuration: now, recent: [{ runtimes }], classes });

  test.each<readonly [string, 'mutating' | 'validating', string, number]>([
    ['is let in by the validating webhook', 'validating', 'q35', 0],
    ['is not what somebody else writes there', 'validating', 'virt', 1],
    ['is nothing that the mutating webhook could see', 'mutating', 'q35', 1],
  ])('%s', (_, phase, value, count) => {
    expect(found(podCreation(phase, podOf('vm', { [machine]: value })), around)).toHaveLength(count);
  });
});
