import { finding } from '../../finding/finding.ts';
import { operatingSystemOf, operatingSystemOfShim, type OperatingSystem } from '../operating-system.ts';
import { chainOf } from '../pod-runtime.ts';
import { nothing, type Check } from './check.ts';
import { resolveHandler } from '../resolve-handler.ts';
import { classNameOf, newPodOf, podPrefix } from '../review.ts';

const shown: Readonly<Record<OperatingSystem, string>> = { linux: 'Linux', windows: 'Windows' };

/**
 * A pod for Windows needs a runtime of the shim runhcs, and one for Linux any other: no node of the pod's has the one that
 * its class leads to. A warning, since only the nodes know for sure what their handlers run.
 */
export const podOperatingSystem: Check = {
  id: 'pod-operating-system',
  codes: ['RuntimeOfOtherOperatingSystem'],
  evaluate: (review, world) => {
    const pod = newPodOf(review);
    if (pod === undefined) return nothing;
    const className = classNameOf(pod);
    const runtimeClass = className === undefined ? undefined : world.runtimeClass(className);
    if (runtimeClass === undefined) return nothing;
    const { shim } = resolveHandler(runtimeClass, world);
    const [wanted, given] = [
      operatingSystemOf(pod, runtimeClass),
      shim === undefined ? undefined : operatingSystemOfShim(shim),
    ];
    if (wanted === undefined || given === undefined || wanted === given) return nothing;
    const field = `${podPrefix(review)}spec.runtimeClassName`;
    const message = `${chainOf(review.object, pod, world)}, which is for ${shown[given]}, and the pod is for ${shown[wanted]}.`;
    const fix =
      wanted === 'windows'
        ? 'Name a RuntimeClass whose handler is of type io.containerd.runhcs.v1.'
        : 'Name a RuntimeClass for Linux.';
    return { findings: [finding('RuntimeOfOtherOperatingSystem', { field, message, fix })] };
  },
};
