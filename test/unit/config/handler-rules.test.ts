import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { indexCluster } from '../../../src/policy/cluster-index.ts';
import { followPod } from '../../../src/policy/follow-pod.ts';
import { nodeTableKeeper } from '../../../src/policy/node-tables.ts';
import { runtimeClassTable } from '../../../src/policy/checks/runtime-class-table.ts';
import { World } from '../../../src/policy/world.ts';
import { judgedBy, lineOf, verdictOn } from '../policy/judged.ts';
import { classReview, podCreation, podOf } from '../policy/review-of.ts';
import { worldOf, type ConfigurationFields } from '../../support/worlds/world-of.ts';

const kernel = 'io.katacontainers.config.hypervisor.kernel';
const machine = 'io.katacontainers.config.hypervisor.machine_type';
const conditions = [{ type: 'ConfigurationRead', status: 'True', reason: 'Read', message: '', lastTransitionTime: '' }];
const kata = { metadata: { name: 'vm' }, handler: 'kata-qemu' };

/** A world of one class whose handler a node says, and of what the configuration says beside that. */
function saidByNode(configuration: ConfigurationFields): World {
  const table = nodeTableKeeper()({
    metadata: { name: 'a' },
    status: { conditions, handlers: [{ name: 'kata-qemu', runtimeType: 'io.containerd.kata-qemu.v2' }] },
  });
  if (table === undefined) throw new Error('the node says nothing');
  return new World(
    indexCluster({
      classes: new Map([['vm', kata]]),
      namespaces: new Map(),
      nodes: new Map([['a', { metadata: { name: 'a' } }]]),
      nodeTables: new Map([['a', table]]),
    }),
    worldOf({ configuration }).configuration,
  );
}

const declared = (configuration: ConfigurationFields) => worldOf({ configuration, classes: [kata] });

const rule = { handlers: ['kata-*'], allowedAnnotations: { [kernel]: ['/opt/kata/*'] } };
const asked = podCreation('validating', podOf('vm', { [kernel]: '/opt/kata/vmlinux' }));
const codesOf = (world: World) => verdictOn(asked, world).findings.map(({ code }) => code);

describe('a rule of handlerRules', () => {
  test('allows a guarded annotation of a handler that only nodes declare', () => {
    expect(codesOf(saidByNode({}))).toContain('GuardedAnnotation');
    expect(codesOf(saidByNode({ handlerRules: [rule] }))).not.toContain('GuardedAnnotation');
    expect(codesOf(saidByNode({ handlerRules: [{ ...rule, handlers: ['kata-clh', 'runsc*'] }] }))).toContain(
      'GuardedAnnotation',
    );
  });

  test('is what a denial advises then, and following that lets the pod in', () => {
    const world = saidByNode({});
    const fix = verdictOn(asked, world).findings.find(({ code }) => code === 'GuardedAnnotation')?.fix ?? '';
    expect(fix).toBe(
      `Remove the annotation, or have an administrator add to handlerRules: {handlers: ["kata-qemu"], allowedAnnotations: {${kernel}: ["/opt/kata/vmlinux"]}}.`,
    );
    const advised = parse(/handlerRules: (\{.*\})\.$/s.exec(fix)?.[1] ?? '') as typeof rule;
    expect(codesOf(saidByNode({ handlerRules: [advised] }))).not.toContain('GuardedAnnotation');
  });

  test('is named where its globs do not allow the value', () => {
    const other = podCreation('validating', podOf('vm', { [kernel]: '/boot/vmlinux' }));
    const refused = verdictOn(other, saidByNode({ handlerRules: [rule] })).findings.find(
      ({ code }) => code === 'GuardedAnnotation',
    );
    expect(refused?.fix).toBe('Use a value that handlerRules[0].allowedAnnotations lists for it: "/opt/kata/*".');
  });

  test('gives pods annotations, which the author need not be allowed, and may not change', () => {
    const world = saidByNode({ handlerRules: [{ handlers: ['*'], annotations: { [machine]: 'q35' } }] });
    const edits = verdictOn(podCreation('mutating', podOf('vm')), world).edits;
    expect(edits.get(machine)).toBe('q35');
    const changed = podCreation('validating', podOf('vm', { [machine]: 'pc' }));
    expect(verdictOn(changed, world).decision).toBe('deny');
  });

  test('says what overhead and scheduling a class should have', () => {
    const world = saidByNode({
      handlerRules: [
        { handlers: ['runsc'], overhead: { podFixed: { memory: '1Mi' } } },
        { handlers: ['kata-*'], overhead: { podFixed: { memory: '160Mi' } } },
        { handlers: ['*'], scheduling: { nodeSelector: { kata: 'yes' } } },
      ],
    });
    expect(judgedBy(runtimeClassTable, classReview(kata), world).findings.map(lineOf)).toEqual([
      'RuntimeClass vm: its overhead.podFixed contradicts handlerRules[1] of the configuration: memory is missing, there "160Mi". [OverheadContradictsTable] Correct the class, or that entry.',
      'RuntimeClass vm: its scheduling contradicts handlerRules[2] of the configuration: nodeSelector kata is missing, there "yes". [SchedulingContradictsTable] Correct the class, or that entry.',
    ]);
  });

  test('applies to pods that are run as untrusted workloads', () => {
    const pod = podOf(undefined, { 'io.kubernetes.cri.untrusted-workload': 'true' });
    const world = declared({
      runtimes: { untrusted: { runtimeType: 'io.containerd.kata.v2' } },
      handlerRules: [{ handlers: ['untrusted'], annotations: { team: 'a' } }],
    });
    expect(followPod(pod, world).expected?.annotations.get('team')).toBe('a');
  });
});

describe('of each field', () => {
  const runtimeType = 'io.containerd.kata-qemu.v2';

  test("the runtime's own entry counts before any rule", () => {
    const own = { runtimeType, allowedAnnotations: { [kernel]: ['/boot/*'] }, annotations: { a: 'own' } };
    const world = declared({ runtimes: { 'kata-qemu': own }, handlerRules: [{ ...rule, annotations: { a: 'rule' } }] });
    expect(codesOf(world)).toContain('GuardedAnnotation');
    expect(followPod(podOf('vm'), world).expected?.annotations.get('a')).toBe('own');
  });

  test('an entry that does not say it leaves it to the rules, of which the first that has it counts', () => {
    const world = declared({
      runtimes: { 'kata-qemu': { runtimeType, annotations: { a: 'own' } } },
      handlerRules: [{ handlers: ['kata-*'], annotations: { b: 'rule' } }, rule, { ...rule, allowedAnnotations: {} }],
    });
    expect(codesOf(world)).not.toContain('GuardedAnnotation');
    expect([...(followPod(podOf('vm'), world).expected?.annotations ?? [])]).not.toContainEqual(['b', 'rule']);
  });
});
