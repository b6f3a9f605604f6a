import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';

/** A pod, what is said of it before, and what the node does with it. */
export type Row = {
  readonly pod: string;
  /** The class, which is named as its handler; undefined for none. */
  readonly class?: string;
  /** Where it is made: warned only, exempt from every rule, or with a default class. */
  readonly namespace?: 'pods' | 'exempt' | 'tenant';
  readonly annotations?: Readonly<Record<string, string>>;
  readonly hostNetwork?: true;
  /** More of its spec. */
  readonly spec?: object;
  /** More of its container. */
  readonly container?: object;
  /**
   * Whether it is made once the others are there: from containerd 2.3 on a runtime with a snapshotter of its own cannot pull the
   * pause image, and starts only where another pod has brought it.
   */
  readonly comesLast?: true;
  /** Codes that shimgate warns of when it is created. */
  readonly warned: readonly string[];
  /** Codes with an event that import says of its handler, of the node's file. */
  readonly imported?: readonly string[];
  /** The same of the audit and its class. */
  readonly audited?: readonly string[];
  /** Why nothing that shimgate can see tells that it fails. */
  readonly unforeseen?: string;
  /** Why it runs though something was said of it. */
  readonly runsAllTheSame?: string;
  /** `runs`, or a part of the kubelet's event. */
  readonly node: 'runs' | RegExp;
};

/** Makes rows for a version of containerd, which is what they depend on. */
export type RowsOf = (containerd: ContainerdVersion) => readonly Row[];

/** The namespace of a row's pod. */
export function namespaceOf({ namespace }: Row): string {
  return namespace ?? 'pods';
}

/** The pod of a row. @param where another namespace than its own */
export function podOf(row: Row, image: string, where: string = namespaceOf(row)): object {
  const { pod, class: runtimeClassName, annotations, hostNetwork, spec, container } = row;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace: where, ...(annotations !== undefined && { annotations }) },
    spec: {
      ...(runtimeClassName !== undefined && { runtimeClassName }),
      ...(hostNetwork !== undefined && { hostNetwork }),
      dnsPolicy: 'Default',
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'wait', image, ...container }],
      ...spec,
    },
  };
}

/** The handler of a pod that runs. */
export function handlerOf(row: Row): string {
  const isUntrusted = row.annotations?.['io.kubernetes.cri.untrusted-workload'] === 'true';
  return row.class ?? (isUntrusted ? 'untrusted' : row.namespace === 'tenant' ? 'crun' : 'runc');
}
