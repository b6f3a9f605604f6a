import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../../src/generated/objects.ts';
import { podUntrustedWorkload } from '../../../../src/policy/checks/pod-untrusted-workload.ts';
import type { Phase } from '../../../../src/policy/review.ts';
import type { World } from '../../../../src/policy/world.ts';
import { judgedBy, verdictOn, type PhasedReview } from '../judged.ts';
import { podCreation, podOf, podUpdate, templateReview } from '../review-of.ts';
import { classOf, namespaceOf, worldOf, type ConfigurationFields } from '../../../support/worlds/world-of.ts';

const key = 'io.kubernetes.cri.untrusted-workload';
const kernel = 'io.katacontainers.config.hypervisor.kernel';

const untrusted = { runtimeType: 'io.containerd.kata.v2', annotations: { [kernel]: '/boot/untrusted' } };
const runtimes = { runsc: { runtimeType: 'io.containerd.runsc.v1' }, untrusted };

function around(fields: ConfigurationFields = {}): World {
  return worldOf({
    configuration: { runtimes, runtimeHandlerAnnotation: true, ...fields },
    classes: [classOf('gvisor', 'runsc'), classOf('sandboxed', 'untrusted')],
    namespaces: [namespaceOf('team')],
  });
}

const podSaying = (value: string, className?: string, spec: Pod['spec'] = {}): Pod => {
  const pod = podOf(className, { [key]: value });
  return { ...pod, spec: { ...pod.spec, ...spec } };
};

const found = (review: PhasedReview, world = around()) => judgedBy(podUntrustedWorkload, review, world).findings;
const refusal = (chain: string, why: string) => `UntrustedWorkloadRefused Pod team/web -> ${chain}: ${why}`;

const ofUntrusted = 'runtime "untrusted" -> shim "io.containerd.kata.v2"';
const ofGvisor = 'RuntimeClass "gvisor" -> handler "runsc" -> shim "io.containerd.runsc.v1"';
const otherHandler = `containerd refuses the annotation ${key}: "true" with another handler than "untrusted".`;
const withHost = (field: string) =>
  `containerd refuses the annotation ${key}: "true" with ${field}, since an untrusted workload may not have host access.`;
const undeclared = `the annotation ${key}: "true" asks for the runtime "untrusted", which is not declared in the configuration.`;

describe.each<Phase>(['mutating', 'validating'])('in the %s phase, a new untrusted workload', (phase) => {
  test.each<readonly [string, Pod, ConfigurationFields, readonly string[]]>([
    ['without a class is let in', podSaying('true'), {}, []],
    ['of a class of that handler is let in', podSaying('true', 'sandboxed'), {}, []],
    ['of another class is refused', podSaying('true', 'gvisor'), {}, [refusal(ofGvisor, otherHandler)]],
    ['of a class that nobody knows is left to another policy', podSaying('true', 'nosuch'), {}, []],
    [
      'is refused with the network of the host',
      podSaying('true', undefined, { hostNetwork: true }),
      {},
      [refusal(ofUntrusted, withHost('hostNetwork'))],
    ],
    [
      'is refused with process IDs and IPC of the host, each told',
      podSaying('true', undefined, { hostPID: true, hostIPC: true, hostNetwork: false }),
      {},
      [refusal(ofUntrusted, withHost('hostPID')), refusal(ofUntrusted, withHost('hostIPC'))],
    ],
    [
      'is refused where there is no such runtime',
      podSaying('true'),
      { runtimes: { runsc: runtimes.runsc } },
      [refusal('runtime "untrusted"', undeclared)],
    ],
    [
      'of another class is not told that there is no such runtime either',
      podSaying('true', 'gvisor'),
      { runtimes: { runsc: runtimes.runsc } },
      [refusal(ofGvisor, otherHandler)],
    ],
  ])('%s', (_, pod, fields, expected) => {
    const findings = found(podCreation(phase, pod), around(fields));
    expect(findings.map(({ code, message }) => `${code} ${message}`)).toEqual(expected);
  });

  test.each(['True', 'TRUE', '1', 'yes', ' true', 'true '])('is none with the value %j, which is told', (value) => {
    const findings = found(podCreation(phase, podSaying(value, undefined, { hostNetwork: true })));
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual(['UntrustedWorkloadIgnored warning']);
  });

  test.each(['false', ''])('is none with the value %j, and nothing is said', (value) => {
    expect(found(podCreation(phase, podSaying(value, 'gvisor', { hostNetwork: true })))).toEqual([]);
  });
});

test('a template is told the same, at the fields of its pods', () => {
  const pod = podSaying('true', 'gvisor', { hostNetwork: true });
  expect(found(templateReview(pod)).map(({ field }) => field)).toEqual([
    `spec.template.metadata.annotations[${key}]`,
    'spec.template.spec.hostNetwork',
  ]);
  expect(verdictOn(templateReview(pod), around()).decision).toBe('allow');
});

describe('what it gets', () => {
  const annotations = {
    'io.containerd.cri.runtime-handler': 'untrusted',
    'shimgate.dev/runtime-type': 'io.containerd.kata.v2',
    'shimgate.dev/shim-binary': 'containerd-shim-kata-v2',
    'shimgate.dev/source': 'configured',
    [kernel]: '/boot/untrusted',
  };

  test('is what a pod of the runtime untrusted gets, and neither webhook finds fault with it', () => {
    const first = verdictOn(podCreation('mutating', podSaying('true')), around());
    expect([first.decision, first.shim?.name]).toEqual(['allow', 'untrusted']);
    expect(Object.fromEntries(first.edits)).toEqual(annotations);
    const mutated = podOf(undefined, { [key]: 'true', ...annotations });
    for (const phase of ['mutating', 'validating'] as const) {
      const { decision, findings, edits } = verdictOn(podCreation(phase, mutated), around());
      expect([decision, findings, edits.size]).toEqual(['allow', [], 0]);
    }
  });

  test('is the runtime handler alone, where the runtime is not known and the mode only warns', () => {
    const world = around({ mode: 'warn', runtimes: {} });
    const { decision, edits } = verdictOn(podCreation('mutating', podSaying('true')), world);
    expect(decision).toBe('would-deny');
    expect(Object.fromEntries(edits)).toEqual({ 'io.containerd.cri.runtime-handler': 'untrusted' });
  });

  test('is nothing with another value, and the annotations of its own are removed', () => {
    const pod = podOf(undefined, { [key]: 'True', 'io.containerd.cri.runtime-handler': 'untrusted' });
    const { edits } = verdictOn(podCreation('mutating', pod), around());
    expect(Object.fromEntries(edits)).toEqual({ 'io.containerd.cri.runtime-handler': null });
  });

  test('may not be another value afterwards, and where it lacks, the reason is told', () => {
    const wrong = podOf(undefined, { [key]: 'true', ...annotations, 'shimgate.dev/source': 'node' });
    expect(verdictOn(podCreation('validating', wrong), around()).findings.map(({ code }) => code)).toEqual([
      'ManagedAnnotationWrong',
    ]);
    const lacking = verdictOn(podCreation('validating', podSaying('true')), around());
    expect(lacking.findings.map(({ code }) => code)).toEqual(['ManagedAnnotationMissing']);
    expect(lacking.findings[0]?.message).toContain(
      'the annotation of the untrusted workload did not reach the mutating webhook',
    );
  });

  test('is no default class, which containerd would refuse, and where a class is required it is denied', () => {
    const rule = { defaultRuntimeClassName: 'gvisor' };
    const withDefault = around({ namespaceRules: [rule] });
    const first = verdictOn(podCreation('mutating', podSaying('true')), withDefault);
    expect([first.decision, first.defaultClass]).toEqual(['allow', undefined]);
    const required = around({ namespaceRules: [{ ...rule, allowedRuntimeClassNames: ['gvisor'] }] });
    for (const review of [podCreation('validating', podSaying('true')), templateReview(podSaying('true'))]) {
      expect(verdictOn(review, required).findings.map(({ code }) => code)).toContain('RuntimeClassNotAllowed');
    }
  });
});

describe('on an update', () => {
  const pod = (value: string | undefined): Pod => podOf(undefined, value === undefined ? {} : { [key]: value });

  test.each<readonly [string | undefined, string | undefined]>([
    [undefined, 'true'],
    ['false', 'true'],
    ['true', undefined],
    ['true', 'false'],
    ['true', 'True'],
  ])('from %j to %j, it is set back, and denied where that did not happen', (before, after) => {
    const outcome = judgedBy(podUntrustedWorkload, podUpdate('mutating', pod(after), pod(before)), around());
    expect(outcome.findings.map(({ code }) => code)).toEqual(['UntrustedWorkloadRestored']);
    expect([...(outcome.edits ?? [])]).toEqual([[key, before ?? null]]);
    const refused = judgedBy(podUntrustedWorkload, podUpdate('validating', pod(after), pod(before)), around());
    expect(refused.findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      'UntrustedWorkloadChanged error',
    ]);
  });

  test.each<readonly [string | undefined, string | undefined, readonly string[]]>([
    ['true', 'true', []],
    ['false', undefined, []],
    [undefined, 'false', []],
    ['yes', 'yes', []],
    ['false', 'yes', ['UntrustedWorkloadIgnored']],
  ])('from %j to %j, nothing is denied', (before, after, expected) => {
    for (const phase of ['mutating', 'validating'] as const) {
      const { findings, edits } = judgedBy(podUntrustedWorkload, podUpdate(phase, pod(after), pod(before)), around());
      expect([findings.map(({ code }) => code), edits?.size ?? 0]).toEqual([expected, 0]);
    }
  });

  test('an old one with host access stays as it is', () => {
    const old = podSaying('true', 'gvisor', { hostNetwork: true });
    expect(found(podUpdate('validating', old, old), around({ runtimes: {} }))).toEqual([]);
  });
});
