import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote } from '../../finding/quote.ts';
import type { FindingCode } from '../../finding/codes.ts';
import type { Predicate } from '../../finding/statement.ts';
import { untrustedWorkloadAnnotation as key } from '../../shim/guarded-keys.ts';
import type { PodCase } from '../case.ts';
import { untrustedRuntime, untrustedWorkloadOf } from '../untrusted-workload.ts';
import { nothing, type Outcome, type PodCheck } from './check.ts';

/**
 * The annotation of the untrusted workload picks the runtime `untrusted`, past the pod's class. What containerd would refuse
 * is denied: another handler, a host namespace, or no such runtime; a privileged pod it takes. containerd reads the
 * annotation again whenever it makes the pod's sandbox anew, so whether a pod is one is fixed when it is created.
 *
 * Source: containerd, internal/cri/config/config.go, GetSandboxRuntime, untrustedWorkload and hostAccessingSandbox.
 */
export const podUntrustedWorkload: PodCheck = {
  id: 'pod-untrusted-workload',
  about: 'pods',
  reads: ['judged annotations'],
  codes: [
    'UntrustedWorkloadChanged',
    'UntrustedWorkloadIgnored',
    'UntrustedWorkloadRefused',
    'UntrustedWorkloadRestored',
  ],
  evaluate: (given) => (given.isNew ? judge(given) : judgeChange(given)),
};

function judge(given: PodCase): Outcome {
  const { pod, subject, prefix, isUntrusted, followed } = given;
  if (!isUntrusted) return judgeValue(given, untrustedWorkloadOf(pod));
  const { className, handler, shim } = followed;
  const refusals: Finding[] = [];
  const refuse = (field: string, why: string, fix: string) => {
    const statement: Predicate = { kind: 'predicate', links: subject.chain.length, text: `: ${why}` };
    refusals.push(finding('UntrustedWorkloadRefused', { field, subject, statement, fix }));
  };
  // Of a class that does not exist another check speaks.
  if (handler !== undefined && handler !== untrustedRuntime) {
    const why = `containerd refuses the annotation ${key}: "true" with another handler than "untrusted"`;
    refuse(fieldOf(given), why, 'Remove the annotation, or use a RuntimeClass with handler untrusted, or none.');
  }
  if (className === undefined && shim === undefined) {
    const why = `the annotation ${key}: "true" asks for the runtime "untrusted", which is not declared in the configuration`;
    refuse(fieldOf(given), why, 'Remove the annotation, or have an administrator declare runtimes.untrusted.');
  }
  for (const field of hostNamespaces) {
    if (pod.spec?.[field] !== true) continue;
    const why = `containerd refuses the annotation ${key}: "true" with ${field}, since an untrusted workload may not have host access`;
    refuse(`${prefix}spec.${field}`, why, `Remove ${field}, or the annotation.`);
  }
  return { findings: refusals };
}

const hostNamespaces = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

function judgeChange(given: PodCase): Outcome {
  const { pod, old, phase } = given;
  const before = untrustedWorkloadOf(old);
  const after = untrustedWorkloadOf(pod);
  if (before === after) return nothing;
  if (before !== 'true' && after !== 'true') return judgeValue(given, after);
  if (phase === 'validating') {
    const what = ` may not change from ${show(before)} to ${show(after)}`;
    return { findings: [note('UntrustedWorkloadChanged', given, what)] };
  }
  const change = after === undefined ? 'its removal is undone' : `${quote(after)} is not taken`;
  return {
    findings: [note('UntrustedWorkloadRestored', given, `: ${change}, it stays ${show(before)}`)],
    edits: new Map([[key, before ?? null]]),
  };
}

/** A value that looks as if it meant something. */
function judgeValue(given: PodCase, value: string | undefined): Outcome {
  if (value === undefined || value === '' || value === 'false' || value === 'true') return nothing;
  const what = `: containerd ignores ${quote(value)}, only "true" counts`;
  return { findings: [note('UntrustedWorkloadIgnored', given, what)] };
}

function note(code: FindingCode, given: PodCase, what: string): Finding {
  const { subject } = given;
  const statement: Predicate = { kind: 'predicate', links: 0, text: `: annotation ${key}${what}` };
  return finding(code, { field: fieldOf(given), subject, statement });
}

function fieldOf({ prefix }: PodCase): string {
  return annotationField(key, prefix);
}

function show(value: string | undefined): string {
  return value === undefined ? 'absent' : quote(value);
}
