import type { Pod } from '../generated/objects.ts';
import { untrustedWorkloadAnnotation } from '../shim/guarded-keys.ts';
import { annotationsOf } from './review.ts';

/** The runtime that an untrusted workload is run with. Source: containerd, internal/cri/config/config.go, RuntimeUntrusted. */
export const untrustedRuntime = 'untrusted';

/** The value of the annotation by which a pod asks for that runtime; undefined where it is not there. */
export function untrustedWorkloadOf(pod: Pod | undefined): string | undefined {
  const annotations = annotationsOf(pod);
  return Object.hasOwn(annotations, untrustedWorkloadAnnotation) ? annotations[untrustedWorkloadAnnotation] : undefined;
}

/** Whether containerd takes a pod for an untrusted workload, whatever its class. */
export function isUntrustedWorkload(pod: Pod): boolean {
  return untrustedWorkloadOf(pod) === 'true';
}
