import type { Row } from './row.ts';

const untrusted = { 'io.kubernetes.cri.untrusted-workload': 'true' };
const explicit = /untrusted workload with explicit runtime handler is not allowed/;
const hostAccess = /untrusted workload with host access is not allowed/;

/** Pods with containerd's annotation for untrusted workloads, or with the handler of that name. */
export const untrustedRows: readonly Row[] = [
  { pod: 'untrusted-class', class: 'untrusted', warned: [], node: 'runs' },
  { pod: 'untrusted-alone', annotations: untrusted, warned: [], node: 'runs' },
  { pod: 'untrusted-both', class: 'untrusted', annotations: untrusted, warned: [], node: 'runs' },
  refused('untrusted-runc', { class: 'runc' }, explicit),
  // It says both of what containerd would refuse: the class first.
  {
    ...refused('untrusted-gvisor', { class: 'runsc', hostNetwork: true }, explicit),
    warned: ['UntrustedWorkloadRefused', 'UntrustedWorkloadRefused'],
  },
  refused('untrusted-host', { hostNetwork: true }, hostAccess),
  refused('untrusted-pid', { spec: { hostPID: true } }, hostAccess),
  refused('untrusted-ipc', { spec: { hostIPC: true } }, hostAccess),
  refused('untrusted-both-host', { class: 'untrusted', hostNetwork: true }, hostAccess),
  {
    pod: 'untrusted-false',
    class: 'runc',
    annotations: { 'io.kubernetes.cri.untrusted-workload': 'false' },
    warned: [],
    node: 'runs',
  },
  // containerd compares letter by letter.
  {
    pod: 'untrusted-capital',
    hostNetwork: true,
    annotations: { 'io.kubernetes.cri.untrusted-workload': 'True' },
    warned: ['UntrustedWorkloadIgnored'],
    node: 'runs',
  },
];

function refused(pod: string, given: Partial<Row>, node: RegExp): Row {
  return { pod, annotations: untrusted, warned: ['UntrustedWorkloadRefused'], node, ...given };
}
