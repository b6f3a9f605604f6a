import type { Node, Pod, RuntimeClass } from '../generated/objects.ts';
import { runhcsShim } from '../shim/options.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';

export type OperatingSystem = 'linux' | 'windows';

/** The label by which nodes say what they run. */
const osLabel = 'kubernetes.io/os';

/**
 * What a pod is for: what it says itself, what its nodeSelector asks for, or what its class's scheduling does. Undefined
 * where nothing says so.
 */
export function operatingSystemOf(pod: Pod, runtimeClass: RuntimeClass | undefined): OperatingSystem | undefined {
  const said = [
    pod.spec?.os?.name,
    labelOf(pod.spec?.nodeSelector),
    labelOf(runtimeClass?.scheduling?.nodeSelector),
  ].find((name) => name !== undefined && name !== null && name !== '');
  return said === 'linux' || said === 'windows' ? said : undefined;
}

/**
 * What a shim runs on: runhcs on Windows, where it is not set up for Linux in a virtual machine, and every other one that is
 * known by name on Linux. A binary that an admin named by its path may be anything.
 *
 * Source: hcsshim, cmd/containerd-shim-runhcs-v1/options/runhcs.proto, sandbox_platform.
 */
export function operatingSystemOfShim({ runtimeType, options }: ShimConfig): OperatingSystem | undefined {
  if (runtimeType === undefined || runtimeType.includes('/') || runtimeType.includes('\\')) return undefined;
  if (runtimeType !== runhcsShim) return 'linux';
  const platform = options?.['SandboxPlatform'];
  return typeof platform === 'string' && platform.startsWith('linux') ? undefined : 'windows';
}

/** What a node says it runs. */
export function operatingSystemOfNode({ metadata }: Node): OperatingSystem | undefined {
  const said = labelOf(metadata?.labels);
  return said === 'linux' || said === 'windows' ? said : undefined;
}

function labelOf(selector: Readonly<Record<string, string>> | null | undefined): string | undefined {
  return selector !== undefined && selector !== null && Object.hasOwn(selector, osLabel)
    ? selector[osLabel]
    : undefined;
}
