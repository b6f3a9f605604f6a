import { quote } from '../finding/quote.ts';
import type { Pod } from '../generated/objects.ts';
import { resolveRuntimeName, type ShimConfig } from '../shim/runtimes-table.ts';
import { resolveHandler } from './resolve-handler.ts';
import { classNameOf } from './review.ts';
import type { World } from './world.ts';

/** The runtime that containerd would run a pod with. */
export type PodRuntime = {
  /** The runtime name, by which the configuration's entry is found; undefined where the class does not exist. */
  readonly name: string | undefined;
  readonly shim: ShimConfig | undefined;
  /** Whether the pod names no class, so that containerd's default runtime runs it. */
  readonly isDefault: boolean;
  /** How messages get from the pod to the shim: RuntimeClass, handler, shim, as far as it goes. */
  readonly chain: readonly string[];
};

/** Follows a pod to its runtime: by its class and that one's handler or, without a class, to defaultRuntime. */
export function podRuntime(pod: Pod, world: World): PodRuntime {
  const className = classNameOf(pod);
  if (className === undefined) {
    const { defaultRuntime, runtimes } = world.configuration;
    const resolution = resolveRuntimeName(runtimes, defaultRuntime);
    const shim = resolution.kind === 'resolved' ? resolution.shim : undefined;
    const chain = [`default runtime ${quote(defaultRuntime)}`, ...shimLink(shim)];
    return { name: defaultRuntime, shim, isDefault: true, chain };
  }
  const named = `RuntimeClass ${quote(className)}`;
  const runtimeClass = world.runtimeClass(className);
  if (runtimeClass === undefined) return { name: undefined, shim: undefined, isDefault: false, chain: [named] };
  const { handler, shim } = resolveHandler(runtimeClass, world);
  const chain = [named, `handler ${quote(handler)}`, ...shimLink(shim)];
  return { name: handler, shim, isDefault: false, chain };
}

function shimLink(shim: ShimConfig | undefined): readonly string[] {
  return shim?.runtimeType === undefined ? [] : [`shim ${quote(shim.runtimeType)}`];
}
