import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { quote } from '../../finding/quote.ts';
import type { Pod } from '../../generated/objects.ts';
import { untrustedWorkloadAnnotation as key } from '../../shim/guarded-keys.ts';
import { isUntrustedWorkload, podRuntime, untrustedRuntime, untrustedWorkloadOf } from '../pod-runtime.ts';
import { nothing, type Outcome, type Check } from './check.ts';
import { newPodOf, podPrefix, type Review } from '../review.ts';
import type { World } from '../world.ts';

/**
 * The annotation of the untrusted workload picks the runtime `untrusted`, past the pod's class. What containerd would refuse
 * is denied: another handler, a host namespace, or no such runtime; a privileged pod it takes. containerd reads the
 * annotation again whenever it makes the pod's sandbox anew, so whether a pod is one is fixed when it is created.
 *
 * Source: containerd, internal/cri/config/config.go, GetSandboxRuntime, untrustedWorkload and hostAccessingSandbox.
 */
export const podUntrustedWorkload: Check = {
  id: 'pod-untrusted-workload',
  codes: [
    'UntrustedWorkloadChanged',
    'UntrustedWorkloadIgnored',
    'UntrustedWorkloadRefused',
    'UntrustedWorkloadRestored',
  ],
  evaluate: (review, world) => {
    const { subject, operation } = review;
    const pod = newPodOf(review);
    if (pod !== undefined) return judge(review, pod, world);
    if (subject.kind !== 'Pod' || operation !== 'UPDATE') return nothing;
    return judgeChange(review, subject.pod, subject.old);
  },
};

function judge(review: Review, pod: Pod, world: World): Outcome {
  if (!isUntrustedWorkload(pod)) return judgeValue(review, untrustedWorkloadOf(pod));
  const { name, shim, hasClass, chain } = podRuntime(pod, world);
  const links = [review.object, ...chain].join(' -> ');
  const refusals: Finding[] = [];
  const refuse = (field: string, why: string, fix: string) => {
    refusals.push(finding('UntrustedWorkloadRefused', { field, message: `${links}: ${why}`, fix }));
  };
  // Of a class that does not exist another policy speaks.
  if (name !== undefined && name !== untrustedRuntime) {
    const why = `containerd refuses the annotation ${key}: "true" with another handler than "untrusted".`;
    refuse(fieldOf(review), why, 'Remove the annotation, or use a RuntimeClass with handler untrusted, or none.');
  }
  if (!hasClass && shim === undefined) {
    const why = `the annotation ${key}: "true" asks for the runtime "untrusted", which is not declared in the configuration.`;
    refuse(fieldOf(review), why, 'Remove the annotation, or have an administrator declare runtimes.untrusted.');
  }
  for (const field of hostNamespaces) {
    if (pod.spec?.[field] !== true) continue;
    const why = `containerd refuses the annotation ${key}: "true" with ${field}, since an untrusted workload may not have host access.`;
    refuse(`${podPrefix(review)}spec.${field}`, why, `Remove ${field}, or the annotation.`);
  }
  return { findings: refusals, ...(!hasClass && { shim }) };
}

const hostNamespaces = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

function judgeChange(review: Review, pod: Pod, old: Pod | undefined): Outcome {
  const before = untrustedWorkloadOf(old);
  const after = untrustedWorkloadOf(pod);
  if (before === after) return nothing;
  if (before !== 'true' && after !== 'true') return judgeValue(review, after);
  const field = fieldOf(review);
  if (review.phase === 'validating') {
    const what = `${review.object}: annotation ${key} may not change from ${show(before)} to ${show(after)}.`;
    return { findings: [finding('UntrustedWorkloadChanged', { field, message: what })] };
  }
  const change = after === undefined ? 'its removal is undone' : `${quote(after)} is not taken`;
  const message = `${review.object}: annotation ${key}: ${change}, it stays ${show(before)}.`;
  return {
    findings: [finding('UntrustedWorkloadRestored', { field, message })],
    edits: new Map([[key, before ?? null]]),
  };
}

/** A value that looks as if it meant something. */
function judgeValue(review: Review, value: string | undefined): Outcome {
  if (value === undefined || value === '' || value === 'false' || value === 'true') return nothing;
  const message = `${review.object}: annotation ${key}: containerd ignores ${quote(value)}, it reads "true" alone.`;
  return { findings: [finding('UntrustedWorkloadIgnored', { field: fieldOf(review), message })] };
}

function fieldOf(review: Review): string {
  return annotationField(key, podPrefix(review));
}

function show(value: string | undefined): string {
  return value === undefined ? 'absent' : quote(value);
}
