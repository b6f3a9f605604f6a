import type { Configuration } from '../config/configuration.ts';
import { quote } from '../finding/quote.ts';
import type { RuntimeClass } from '../generated/objects.ts';
import { withRuleAnnotations } from '../config/handler-rules.ts';
import { resolveRuntimeName, type ShimConfig } from '../shim/runtimes-table.ts';
import { expectedAnnotations, type ExpectedAnnotations } from './expected-annotations.ts';
import type { HandlerPresence } from './node-handlers.ts';
import { gainsByRuntimeHandler } from './node-pulls.ts';
import { resolveHandler, type HandlerFinding, type HandlerResolution } from './resolve-handler.ts';
import { untrustedRuntime } from './untrusted-workload.ts';

/** The runtime that containerd would run a pod with, and all that is known of it: the same for every pod of a class. */
export type FollowedPod = {
  /** Undefined for a pod that names none. */
  readonly className: string | undefined;
  /** Undefined where the pod names no class, or one that does not exist. */
  readonly runtimeClass: RuntimeClass | undefined;
  /** The runtime name, by which the configuration's entry is found; undefined where the class does not exist. */
  readonly handler: string | undefined;
  /** Undefined where nothing is known but the handler. */
  readonly shim: ShimConfig | undefined;
  /** How messages get from the pod to the shim: RuntimeClass, handler, shim, as far as it goes. */
  readonly chain: readonly string[];
  /** What is wrong, or worth knowing, about the class's handler. */
  readonly findings: readonly HandlerFinding[];
  /** What nodes report of the class's handler; undefined where there is no class. */
  readonly presence: HandlerPresence | undefined;
  /** Undefined where the class does not exist: the pod is refused, and nothing can be said about its annotations. */
  readonly expected: ExpectedAnnotations | undefined;
};

/** Follows pods of a class that exists. */
export function followClass(
  className: string,
  runtimeClass: RuntimeClass,
  presence: HandlerPresence,
  configuration: Configuration,
): FollowedPod {
  const { handler, shim, findings } = resolveHandler(runtimeClass, presence, configuration);
  return {
    className,
    runtimeClass,
    handler,
    shim,
    chain: [classLink(className), ...handlerLinks({ handler, shim })],
    findings,
    presence,
    expected: expectedAnnotations(handler, shim, configuration, gainsByRuntimeHandler(presence.atPulls, shim)),
  };
}

/** Follows pods of a class that does not exist. */
export function followUnknownClass(className: string): FollowedPod {
  return {
    className,
    runtimeClass: undefined,
    handler: undefined,
    shim: undefined,
    chain: [classLink(className)],
    findings: [],
    presence: undefined,
    expected: undefined,
  };
}

/** Follows pods that name no class. @param runtime the default one; undefined for an untrusted workload, which has its own */
export function followWithoutClass(runtime: string | undefined, configuration: Configuration): FollowedPod {
  const name = runtime ?? untrustedRuntime;
  const resolution = resolveRuntimeName(configuration.runtimes, name);
  const shim =
    resolution.kind === 'resolved' ? withRuleAnnotations(name, resolution.shim, configuration.handlerRules) : undefined;
  const link = runtime === undefined ? `runtime ${quote(name)}` : `default runtime ${quote(name)}`;
  return {
    className: undefined,
    runtimeClass: undefined,
    handler: name,
    shim,
    chain: [link, ...shimLink(shim)],
    findings: [],
    presence: undefined,
    expected:
      runtime === undefined
        ? expectedAnnotations(untrustedRuntime, shim, configuration, false)
        : expectedAnnotations(undefined, undefined, configuration, false),
  };
}

/** The way from a class to its shim, without the class. */
export function handlerLinks({ handler, shim }: Pick<HandlerResolution, 'handler' | 'shim'>): readonly string[] {
  return [`handler ${quote(handler)}`, ...shimLink(shim)];
}

function classLink(className: string): string {
  return `RuntimeClass ${quote(className)}`;
}

function shimLink(shim: ShimConfig | undefined): readonly string[] {
  return shim?.runtimeType === undefined ? [] : [`shim ${quote(shim.runtimeType)}`];
}
