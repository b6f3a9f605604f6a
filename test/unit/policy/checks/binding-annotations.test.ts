import { describe, expect, test } from '@jest/globals';
import { bindingAnnotations } from '../../../../src/policy/checks/binding-annotations.ts';
import { judgedBy, verdictOn, type PhasedReview } from '../judged.ts';
import { worldOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';

const kernel = 'io.katacontainers.config.hypervisor.kernel';

const world = worldOf({
  configuration: {
    runtimes: {
      kata: {
        runtimeType: 'io.containerd.kata.v2',
        annotations: { 'example.com/machine': 'q35' },
        allowedAnnotations: { [kernel]: [] },
      },
    },
  },
});

function binding(annotations: Readonly<Record<string, string>>, parts: Partial<PhasedReview> = {}): PhasedReview {
  return {
    phase: 'validating',
    operation: 'CREATE',
    subject: { kind: 'Binding', annotations },
    object: 'Binding team/web',
    namespace: 'team',
    username: 'alice',
    groups: [],
    request: { uid: '1', kind: { group: '', version: 'v1', kind: 'Binding' }, resource: 'pods', name: 'web' },
    ...parts,
  };
}

function found(annotations: Readonly<Record<string, string>>, around = world) {
  return judgedBy(bindingAnnotations, binding(annotations), around).findings;
}

describe('a binding may not carry', () => {
  test.each([
    ['what only shimgate writes', 'shimgate.dev/source', 'is for shimgate alone to write'],
    ['the runtime handler', 'io.containerd.cri.runtime-handler', 'is for shimgate alone to write'],
    ['what a runtime declares', 'example.com/machine', 'is for a runtime of the configuration to declare'],
    ['the untrusted workload', 'io.kubernetes.cri.untrusted-workload', 'chooses the runtime "untrusted"'],
    [
      'what is guarded, though a runtime allows it',
      kernel,
      "is guarded (names a host file that is booted as the guest's kernel)",
    ],
    [
      'what no pod could carry',
      'containerd.io/snapshot/overlaybd/x',
      "is guarded (handed to the snapshotter as labels of the sandbox's snapshot)",
    ],
  ])('%s', (_, key, why) => {
    expect(found({ [key]: 'x', note: 'y' })).toEqual([
      {
        code: 'BindingAnnotation',
        severity: 'error',
        field: `metadata.annotations[${key}]`,
        message: `Binding team/web: annotation ${key} would be merged into the pod, where it ${why}.`,
        fix: /alone to write|to declare/.test(why)
          ? 'Leave it out of the binding.'
          : 'Set it on the pod instead, where it is judged.',
      },
    ]);
  });

  test('many, of which the first sixteen are named and the others counted', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`run.oci.x${index}`, '']));
    expect(found(many)).toHaveLength(17);
    expect(found(many).at(-1)?.message).toBe('Binding team/web: 4 more of its annotations may not be in a binding.');
  });
});

test('a binding may carry others, and the runtime handler where shimgate does not write it', () => {
  expect(found({ note: 'x', constructor: 'y', [`${kernel}x`]: 'z' })).toEqual([]);
  const off: ConfigurationFields = { runtimeHandlerAnnotation: false };
  expect(found({ 'io.containerd.cri.runtime-handler': 'runc' }, worldOf({ configuration: off }))).toEqual([]);
});

test('a binding is denied by the mode, and edited by nobody', () => {
  const verdict = verdictOn(binding({ [kernel]: '/x' }), world);
  expect([verdict.decision, verdict.edits.size, verdict.defaultClass]).toEqual(['deny', 0, undefined]);
  const lenient = worldOf({ configuration: { mode: 'warn' } });
  const { decision, told } = verdictOn(binding({ [kernel]: '/x' }), lenient);
  expect([decision, told.map(({ code }) => code)]).toEqual(['would-deny', ['BindingAnnotation']]);
});
