import type { NodeHandler } from '../../../src/generated/node-runtimes.ts';
import type { NodeDescription } from '../../../src/node/describe-node.ts';

/** Nodes and namespaces as large clusters have them: what counts is how much there is besides what shimgate keeps. */

const imagesPerNode = 50;
const handlers = ['runc', 'runsc', 'kata-qemu', 'kata-clh', 'nvidia'];
const zones = ['a', 'b', 'c'];
const pools = ['general', 'memory', 'gpu', 'sandbox', 'system'];

/** A node as its kubelet and a cloud's controllers write it. @param index counts from 0 */
export function nodeObject(index: number): object {
  const name = `ip-10-${index >> 8}-${index & 255}-7.eu-central-1.compute.internal`;
  const pool = at(pools, index);
  const zone = `eu-central-1${at(zones, index)}`;
  const type = `m7i.${2 ** (index % 4)}xlarge`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/instance-type': type,
        'beta.kubernetes.io/os': 'linux',
        'eks.amazonaws.com/capacityType': 'ON_DEMAND',
        'eks.amazonaws.com/nodegroup': pool,
        'eks.amazonaws.com/nodegroup-image': `ami-${hex(index, 17)}`,
        'eks.amazonaws.com/sourceLaunchTemplateId': `lt-${hex(index % 5, 17)}`,
        'failure-domain.beta.kubernetes.io/region': 'eu-central-1',
        'failure-domain.beta.kubernetes.io/zone': zone,
        'k8s.io/cloud-provider-aws': hex(7, 32),
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': type,
        'topology.ebs.csi.aws.com/zone': zone,
        'topology.k8s.aws/zone-id': `euc1-az${(index % 3) + 1}`,
        'topology.kubernetes.io/region': 'eu-central-1',
        'topology.kubernetes.io/zone': zone,
        'example.com/pool': pool,
      },
      annotations: {
        'alpha.kubernetes.io/provided-node-ip': address(index),
        'csi.volume.kubernetes.io/nodeid': JSON.stringify({ 'ebs.csi.aws.com': `i-${hex(index, 17)}` }),
        'node.alpha.kubernetes.io/ttl': '0',
        'projectcalico.org/IPv4Address': `${address(index)}/19`,
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      podCIDR: `10.${index >> 8}.${index & 255}.0/24`,
      podCIDRs: [`10.${index >> 8}.${index & 255}.0/24`],
      providerID: `aws:///${zone}/i-${hex(index, 17)}`,
      ...(pool === 'gpu' && { taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }] }),
    },
    status: nodeStatus(index, new Date(0)),
  };
}

/** A node's status; what a heartbeat changes in it is when it was. */
export function nodeStatus(index: number, heartbeat: Date): object {
  const resources = { cpu: '16', 'ephemeral-storage': '104845292Ki', memory: '64618120Ki', pods: '110' };
  const name = `ip-10-${index >> 8}-${index & 255}-7.eu-central-1.compute.internal`;
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address: address(index) },
      { type: 'Hostname', address: name },
      { type: 'InternalDNS', address: name },
    ],
    conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
      type,
      status: type === 'Ready' ? 'True' : 'False',
      lastHeartbeatTime: heartbeat.toISOString(),
      lastTransitionTime: new Date(0).toISOString(),
      reason: `KubeletHas${type}`,
      message: `kubelet says so about ${type}`,
    })),
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    images: Array.from({ length: imagesPerNode }, (_, image) => ({
      names: [
        `registry.example.com/team-${image % 7}/service-${image}@sha256:${hex(index * 64 + image, 64)}`,
        `registry.example.com/team-${image % 7}/service-${image}:v1.${image}.${index % 10}`,
      ],
      sizeBytes: 50_000_000 + image * 1000,
    })),
    nodeInfo: {
      architecture: 'amd64',
      bootID: hex(index, 32),
      containerRuntimeVersion: 'containerd://2.4.2',
      kernelVersion: '6.12.40-63.114.amzn2023.x86_64',
      kubeProxyVersion: '',
      kubeletVersion: 'v1.37.2',
      machineID: hex(index + 1, 32),
      operatingSystem: 'linux',
      osImage: 'Amazon Linux 2023.9',
      systemUUID: hex(index + 2, 32),
    },
    runtimeHandlers: ['', ...handlers].map((handler) => ({
      name: handler,
      features: { recursiveReadOnlyMounts: handler !== 'runsc', userNamespaces: handler === 'runc' || handler === '' },
    })),
  };
}

/** What the agent of a node says of it: 20 handlers, the same for all nodes of a pool. */
export function nodeDescription(index: number): Pick<NodeDescription, 'status' | 'conditions'> {
  return {
    status: {
      containerd: { version: '2.4.2', possibleVersions: ['2.4'], configurationFile: '/etc/containerd/config.toml' },
      defaultRuntime: 'runc',
      handlers: nodeHandlers(at(pools, index)),
      problems: [],
      summary: { handlers: 20, handlerNames: 'runc', problems: 0 },
    },
    conditions: ['ConfigurationRead', 'PartsPresent'].map((type) => ({
      type,
      status: 'True',
      reason: 'Read',
      message: 'Read from /etc/containerd/config.toml.',
    })),
  };
}

function nodeHandlers(pool: string): NodeHandler[] {
  return Array.from({ length: 20 }, (_, handler) => ({
    name: handler === 0 ? 'runc' : `kata-${pool}-${handler}`,
    runtimeType: handler === 0 ? 'io.containerd.runc.v2' : `io.containerd.kata-${handler}.v2`,
    shimBinary: '/opt/kata/bin/containerd-shim-kata-v2',
    runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
    options: JSON.stringify({
      ConfigPath: `/opt/kata/share/defaults/kata-containers/configuration-${pool}-${handler}.toml`,
    }),
    snapshotter: 'nydus',
    podAnnotations: ['io.katacontainers.*', 'shimgate.dev/*'],
  }));
}

/** A namespace as a platform makes them for its tenants. @param index counts from 0 */
export function namespaceObject(index: number): object {
  const team = `team-${index % 200}`;
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: `${team}-service-${index}`,
      labels: {
        'app.kubernetes.io/managed-by': 'platform',
        'example.com/cost-center': `cc-${index % 300}`,
        'example.com/stage': at(['development', 'staging', 'production'], index),
        'example.com/team': team,
        'pod-security.kubernetes.io/enforce': 'baseline',
        'pod-security.kubernetes.io/warn': 'restricted',
      },
      annotations: {
        'example.com/contact': `${team}@example.com`,
        'example.com/description': `The service ${index} of ${team}, as the platform's catalogue describes it to people.`,
        'scheduler.alpha.kubernetes.io/node-selector': 'example.com/pool=general',
      },
    },
  };
}

function at(values: readonly string[], index: number): string {
  return values[index % values.length] ?? '';
}

function address(index: number): string {
  return `10.${index >> 8}.${index & 255}.7`;
}

/** A number that looks like the digests and identifiers of the real thing. */
function hex(seed: number, length: number): string {
  let text = '';
  for (let part = 0; text.length < length; part++) {
    text += (((seed + 1) * 2_654_435_761 + part * 40_503) >>> 0).toString(16).padStart(8, '0');
  }
  return text.slice(0, length);
}
