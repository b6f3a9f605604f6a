import { isUntrustedWorkload } from './untrusted-workload.ts';
import { classNameOf, isMirrorPod, type Phase, type Review } from './review.ts';
import type { World } from './world.ts';

/**
 * The class that a new pod gets because it names none: that of its namespace's rule. Only the mutating webhook gives
 * one, and never over a class that is there, or over the choice of the untrusted workload, which containerd would refuse
 * beside a class. The API server's own RuntimeClass plugin runs again afterwards, so that overhead and scheduling follow
 * by themselves.
 */
export function defaultClassFor(review: Review, phase: Phase, world: World): string | undefined {
  const { subject, operation, namespace } = review;
  if (phase !== 'mutating' || subject.kind !== 'Pod' || operation !== 'CREATE' || namespace === undefined) {
    return undefined;
  }
  const { pod } = subject;
  if (classNameOf(pod) !== undefined || isUntrustedWorkload(pod) || isMirrorPod(review)) return undefined;
  return world.ruleFor(namespace)?.rule.defaultRuntimeClassName;
}

/** The review of the pod as it is once it has that class. */
export function withClass(review: Review, className: string | undefined): Review {
  const { subject } = review;
  if (className === undefined || subject.kind !== 'Pod') return review;
  const { pod } = subject;
  return { ...review, subject: { ...subject, pod: { ...pod, spec: { ...pod.spec, runtimeClassName: className } } } };
}
