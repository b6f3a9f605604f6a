import {
  runtimeClass,
  type Manifest,
  type RuntimeClassChoice,
  type Toleration,
} from '../../support/cluster/manifests.ts';

/** A configuration's runtimes as gVisor's and Kata Containers' own installers set nodes up. */
export const runtimes = {
  runsc: {
    runtimeType: 'io.containerd.runsc.v1',
    options: { TypeUrl: 'io.containerd.runsc.v1.options', ConfigPath: '/etc/containerd/runsc.toml' },
    podAnnotations: ['dev.gvisor.*', 'shimgate.dev/*'],
  },
  'kata-qemu': {
    runtimeType: 'io.containerd.kata-qemu.v2',
    runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
    podAnnotations: ['io.katacontainers.*', 'shimgate.dev/*'],
    annotations: { 'io.katacontainers.config.hypervisor.machine_type': 'q35' },
  },
} as const;

/** A class, what its pods get from it by the API server's own plugin, and what shimgate writes on them. */
export type SandboxClass = {
  readonly manifest: Manifest;
  readonly overhead: Readonly<Record<string, string>>;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly toleration: Toleration;
  readonly annotations: Readonly<Record<string, string>>;
};

export const gvisor = sandboxClass('gvisor', 'runsc', '120Mi', {
  'shimgate.dev/options': '{"ConfigPath":"/etc/containerd/runsc.toml","TypeUrl":"io.containerd.runsc.v1.options"}',
  'shimgate.dev/runtime-type': 'io.containerd.runsc.v1',
  'shimgate.dev/shim-binary': 'containerd-shim-runsc-v1',
  'shimgate.dev/source': 'configured',
});

export const kata = sandboxClass('kata', 'kata-qemu', '160Mi', {
  'io.katacontainers.config.hypervisor.machine_type': 'q35',
  'shimgate.dev/runtime-path': '/opt/kata/bin/containerd-shim-kata-v2',
  'shimgate.dev/runtime-type': 'io.containerd.kata-qemu.v2',
  'shimgate.dev/shim-binary': '/opt/kata/bin/containerd-shim-kata-v2',
  'shimgate.dev/source': 'configured',
});

function sandboxClass(
  name: string,
  handler: string,
  memory: string,
  annotations: SandboxClass['annotations'],
): SandboxClass {
  const nodeSelector = { sandbox: name };
  const toleration: Toleration = { key: 'sandbox', operator: 'Equal', value: name, effect: 'NoSchedule' };
  const overhead = { cpu: '250m', memory };
  const choice: RuntimeClassChoice = {
    overhead: { podFixed: overhead },
    scheduling: { nodeSelector, tolerations: [toleration] },
  };
  return { manifest: runtimeClass(name, handler, choice), overhead, nodeSelector, toleration, annotations };
}
