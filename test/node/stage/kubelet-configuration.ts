import { network } from './network.ts';

/**
 * The kubelet's configuration on a machine that may itself be a container.
 *
 * @param cgroup below which its pods go
 * @param socket containerd's
 */
export function kubeletConfiguration(cgroup: string, socket: string, podLogsDir: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${socket}`,
    // A container that these tests may run in has control groups of version 1, and may not set limits for the machine.
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    cgroupRoot: `/${cgroup}`,
    enforceNodeAllocatable: [],
    localStorageCapacityIsolation: false,
    failSwapOn: false,
    evictionHard: {
      'memory.available': '1Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    address: network.node,
    healthzBindAddress: '127.0.0.1',
    healthzPort: 10_248,
    readOnlyPort: 0,
    // The network is this node's alone.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    resolvConf: '',
    nodeStatusUpdateFrequency: '2s',
    // Pods of a table come all at once: with the defaults of 5 and 50 a second some would wait, and their events be lost.
    registryPullQPS: 0,
    eventRecordQPS: 0,
    podLogsDir,
  };
}
