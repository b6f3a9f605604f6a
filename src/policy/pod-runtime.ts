import { quote } from '../finding/quote.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Pod } from '../generated/objects.ts';
import { untrustedWorkloadAnnotation } from '../shim/guarded-keys.ts';
import { resolveRuntimeName, windowsDefaultRuntime, type ShimConfig } from '../shim/runtimes-table.ts';
import { operatingSystemOf, operatingSystemOfShim } from './operating-system.ts';
import { resolveHandler } from './resolve-handler.ts';
import { annotationsOf, classNameOf } from './review.ts';
import type { World } from './world.ts';

/** The runtime that containerd would run a pod with. */
export type PodRuntime = {
  /** The runtime name, by which the configuration's entry is found; undefined where the class does not exist. */
  readonly name: string | undefined;
  readonly shim: ShimConfig | undefined;
  readonly hasClass: boolean;
  /** How messages get from the pod to the shim: RuntimeClass, handler, shim, as far as it goes. */
  readonly chain: readonly string[];
};

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

/**
 * Follows a pod to its runtime: by its class and that one's handler. Without a class it is defaultRuntime or, for the
 * untrusted workload (the annotation's value is exactly "true"), the runtime of that name.
 *
 * Source: containerd, internal/cri/server, getSandboxRuntime.
 */
export function podRuntime(pod: Pod, world: World): PodRuntime {
  const className = classNameOf(pod);
  if (className === undefined) return runtimeWithoutClass(pod, world);
  const named = `RuntimeClass ${quote(className)}`;
  const runtimeClass = world.runtimeClass(className);
  if (runtimeClass === undefined) return { name: undefined, shim: undefined, hasClass: true, chain: [named] };
  const { handler, shim } = resolveHandler(runtimeClass, world);
  const chain = [named, `handler ${quote(handler)}`, ...shimLink(shim)];
  return { name: handler, shim, hasClass: true, chain };
}

/**
 * Where a pod leads, as messages show it: pod -> class -> handler -> shim, as far as it goes.
 *
 * @param object how messages call the pod, or what has its template
 */
export function chainOf(object: string, pod: Pod, world: World): string {
  if (classNameOf(pod) === undefined) return `${object}, which names no RuntimeClass`;
  return [object, ...podRuntime(pod, world).chain].join(' -> ');
}

function runtimeWithoutClass(pod: Pod, { configuration }: World): PodRuntime {
  const isUntrusted = isUntrustedWorkload(pod);
  const name = isUntrusted ? untrustedRuntime : defaultRuntimeOf(pod, configuration);
  const resolution = resolveRuntimeName(configuration.runtimes, name);
  const shim = resolution.kind === 'resolved' ? resolution.shim : undefined;
  const link = isUntrusted ? `runtime ${quote(name)}` : `default runtime ${quote(name)}`;
  return { name, shim, hasClass: false, chain: [link, ...shimLink(shim)] };
}

/** Windows nodes have a default of their own, unless defaultRuntime is said of them. */
function defaultRuntimeOf(pod: Pod, { defaultRuntime, runtimes }: Configuration): string {
  if (operatingSystemOf(pod, undefined) !== 'windows') return defaultRuntime;
  const resolution = resolveRuntimeName(runtimes, defaultRuntime);
  const isForLinux = resolution.kind === 'resolved' && operatingSystemOfShim(resolution.shim) === 'linux';
  return isForLinux ? windowsDefaultRuntime : defaultRuntime;
}

function shimLink(shim: ShimConfig | undefined): readonly string[] {
  return shim?.runtimeType === undefined ? [] : [`shim ${quote(shim.runtimeType)}`];
}
