export type Row = {
  readonly pod: string;
  /** The class, which is named as its handler; undefined for none. */
  readonly class?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly hostNetwork?: true;
  /**
   * Whether it is made once the others are there: from containerd 2.3 on a runtime with a snapshotter of its own cannot pull the
   * pause image, and starts only where another pod has brought it.
   */
  readonly comesLast?: true;
  /** Codes that shimgate warns of. */
  readonly warned: readonly string[];
  /** `runs`, or a part of the kubelet's event. */
  readonly node: 'runs' | RegExp;
};

const untrusted = { 'io.kubernetes.cri.untrusted-workload': 'true' };
const explicit = /untrusted workload with explicit runtime handler is not allowed/;
const hostAccess = /untrusted workload with host access is not allowed/;

/** What shimgate says in warn mode, and what the node does: where it warns the pod does not run, and nowhere else. */
export const rows: readonly Row[] = [
  { pod: 'plain', warned: [], node: 'runs' },
  { pod: 'runc', class: 'runc', warned: [], node: 'runs' },
  { pod: 'runc-host', class: 'runc', hostNetwork: true, warned: [], node: 'runs' },
  { pod: 'crun', class: 'crun', warned: [], node: 'runs' },
  { pod: 'gvisor', class: 'runsc', hostNetwork: true, warned: [], node: 'runs' },
  {
    pod: 'annotated',
    class: 'annotated',
    annotations: { 'team.example/a': 'b', 'other.example/a': 'b' },
    warned: [],
    node: 'runs',
  },
  { pod: 'abspath', class: 'abspath', warned: [], node: 'runs' },
  { pod: 'untrusted-class', class: 'untrusted', warned: [], node: 'runs' },
  {
    pod: 'undeclared',
    class: 'undeclared',
    warned: ['UndeclaredHandler'],
    node: /no runtime for "undeclared" is configured/,
  },
  { pod: 'untrusted-alone', annotations: untrusted, warned: [], node: 'runs' },
  { pod: 'untrusted-both', class: 'untrusted', annotations: untrusted, warned: [], node: 'runs' },
  {
    pod: 'untrusted-runc',
    class: 'runc',
    annotations: untrusted,
    warned: ['UntrustedWorkloadRefused'],
    node: explicit,
  },
  {
    pod: 'untrusted-gvisor',
    class: 'runsc',
    hostNetwork: true,
    annotations: untrusted,
    // It says both of what containerd would refuse: the class first.
    warned: ['UntrustedWorkloadRefused', 'UntrustedWorkloadRefused'],
    node: explicit,
  },
  {
    pod: 'untrusted-host',
    hostNetwork: true,
    annotations: untrusted,
    warned: ['UntrustedWorkloadRefused'],
    node: hostAccess,
  },
  {
    pod: 'untrusted-both-host',
    class: 'untrusted',
    hostNetwork: true,
    annotations: untrusted,
    warned: ['UntrustedWorkloadRefused'],
    node: hostAccess,
  },
  {
    pod: 'untrusted-false',
    class: 'runc',
    annotations: { 'io.kubernetes.cri.untrusted-workload': 'false' },
    warned: [],
    node: 'runs',
  },
  { pod: 'fancy', class: 'fancy', comesLast: true, warned: [], node: 'runs' },
];

/** The pod of a row. */
export function podOf(row: Row, namespace: string, image: string): object {
  const { pod, class: runtimeClassName, annotations, hostNetwork } = row;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace, ...(annotations !== undefined && { annotations }) },
    spec: {
      ...(runtimeClassName !== undefined && { runtimeClassName }),
      ...(hostNetwork !== undefined && { hostNetwork }),
      dnsPolicy: 'Default',
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'wait', image: image }],
    },
  };
}
