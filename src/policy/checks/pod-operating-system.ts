import { finding } from '../../finding/finding.ts';
import type { Predicate } from '../../finding/statement.ts';
import { operatingSystemOf, operatingSystemOfShim, type OperatingSystem } from '../operating-system.ts';
import { nothing, type PodCheck } from './check.ts';

const shown: Readonly<Record<OperatingSystem, string>> = { linux: 'Linux', windows: 'Windows' };

/**
 * A pod for Windows needs a runtime of the shim runhcs, and one for Linux any other: no node of the pod's has the one that
 * its class leads to. A warning, since only the nodes know for sure what their handlers run.
 */
export const podOperatingSystem: PodCheck = {
  id: 'pod-operating-system',
  about: 'pods',
  reads: ['operating system'],
  codes: ['RuntimeOfOtherOperatingSystem'],
  evaluate: ({ pod, subject, prefix, isNew, followed: { runtimeClass, shim } }) => {
    if (!isNew || runtimeClass === undefined || shim === undefined) return nothing;
    const [wanted, given] = [operatingSystemOf(pod, runtimeClass), operatingSystemOfShim(shim)];
    if (wanted === undefined || given === undefined || wanted === given) return nothing;
    const links = subject.chain.length;
    const text = `, which is for ${shown[given]}, and the pod is for ${shown[wanted]}`;
    const statement: Predicate = { kind: 'predicate', links, about: links - 1, text };
    const field = `${prefix}spec.runtimeClassName`;
    const fix =
      wanted === 'windows'
        ? 'Name a RuntimeClass whose handler is of type io.containerd.runhcs.v1.'
        : 'Name a RuntimeClass for Linux.';
    return { findings: [finding('RuntimeOfOtherOperatingSystem', { field, subject, statement, fix })] };
  },
};
