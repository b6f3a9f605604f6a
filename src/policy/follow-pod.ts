import type { Configuration } from '../config/configuration.ts';
import type { Pod } from '../generated/objects.ts';
import { resolveRuntimeName, windowsDefaultRuntime } from '../shim/runtimes-table.ts';
import { followUnknownClass, type FollowedPod } from './follow-class.ts';
import { operatingSystemOf, operatingSystemOfShim } from './operating-system.ts';
import { classNameOf } from './review.ts';
import { isUntrustedWorkload } from './untrusted-workload.ts';
import type { World } from './world.ts';

/**
 * Follows a pod to its runtime: by its class and that one's handler. Without a class it is defaultRuntime or, for the
 * untrusted workload (the annotation's value is exactly "true"), the runtime of that name.
 *
 * Source: containerd, internal/cri/server, getSandboxRuntime.
 */
export function followPod(pod: Pod, world: World): FollowedPod {
  const className = classNameOf(pod);
  if (className !== undefined) return world.followClass(className) ?? followUnknownClass(className);
  return world.followWithoutClass(isUntrustedWorkload(pod) ? undefined : defaultRuntimeOf(pod, world.configuration));
}

/** Windows nodes have a default of their own, unless defaultRuntime is said of them. */
function defaultRuntimeOf(pod: Pod, { defaultRuntime, runtimes }: Configuration): string {
  if (operatingSystemOf(pod, undefined) !== 'windows') return defaultRuntime;
  const resolution = resolveRuntimeName(runtimes, defaultRuntime);
  const isForLinux = resolution.kind === 'resolved' && operatingSystemOfShim(resolution.shim) === 'linux';
  return isForLinux ? windowsDefaultRuntime : defaultRuntime;
}
