import path from 'node:path';

import { pin } from './pin.ts';
import { formatVersion, type Version, type VersionRule } from './version-rule.ts';

export type BinaryName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | 'helm' | 'containerd';

/** What a node needs besides: for the node tests alone. */
export type NodeBinaryName =
  | 'bridge'
  | 'containerd-shim-runc-v2'
  | 'containerd-shim-runsc-v1'
  | 'crictl'
  | 'ctr'
  | 'host-local'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubelet'
  | 'loopback'
  | 'registry'
  | 'runc'
  | 'runsc';

/** What judges metrics, alerts and dashboards: for the tests of these alone. */
export type MonitoringBinaryName = 'prometheus' | 'promtool' | 'pushgateway';

/** What the tests of a release need besides: Helm 3, and the checkers of what is made for others to read. */
export type ReleaseBinaryName = 'actionlint' | 'helm3' | 'krew' | 'registry' | 'validate-krew-manifest';

/** A pinned program: where its source is, how its version is read and judged, and what building it takes. */
export type Binary = {
  readonly name: BinaryName | NodeBinaryName | MonitoringBinaryName | ReleaseBinaryName;
  /** What its version counts for: the cache's folder is named after it. */
  readonly product: string;
  /** The folder with the go.mod that pins it. */
  readonly goModDirectory: string;
  readonly goPackage: string;
  readonly pinned: Version;
  /** The same as go.mod has it, such as `v1.37.2`: the cache is keyed by it. */
  readonly pinnedText: string;
  readonly rule: VersionRule;
  /** Arguments that make it print its version; undefined where that says too little, so that only a build of ours is taken. */
  readonly versionArgs: readonly string[] | undefined;
  /** Values for Go variables that a release build sets through the linker. */
  readonly linkerVariables: Readonly<Record<string, string>>;
  /** Build tags of a program that is linked with C libraries, and the Debian packages with their headers. */
  readonly linkedWithC?: { readonly tags: string; readonly packages: string };
  /** Build tags of a program that is not. */
  readonly tags?: string;
  /** How long a build takes on two cores, in seconds, after those before it in this list: they share most packages. */
  readonly usualBuildSeconds: number;
};

/** The folder with the go.mod of the control plane; others are below it. */
export const goModDirectory = import.meta.dirname;
const containerdModDirectory = path.join(goModDirectory, 'containerd');

const kubernetesPin = pin(goModDirectory, 'k8s.io/kubernetes');
const etcdPin = pin(goModDirectory, 'go.etcd.io/etcd/server/v3');
const helmPin = pin(goModDirectory, 'helm.sh/helm/v4');
const containerdPin = pin(containerdModDirectory, 'github.com/containerd/containerd/v2');

const kubernetes = {
  product: 'kubernetes',
  ...kubernetesPin,
  linkerVariables: kubernetesLinkerVariables(kubernetesPin.pinned),
} as const;

const containerd = {
  product: 'containerd',
  ...containerdPin,
  linkerVariables: {
    'github.com/containerd/containerd/v2/version.Version': `v${formatVersion(containerdPin.pinned)}`,
  },
} as const;

/** A registry on loopback. */
export const registry: Binary = {
  ...pin(path.join(goModDirectory, 'registry'), 'github.com/google/go-containerregistry'),
  product: 'registry',
  name: 'registry',
  goPackage: 'github.com/google/go-containerregistry/cmd/registry',
  rule: 'same-minor',
  // It says none.
  versionArgs: undefined,
  linkerVariables: {},
  usualBuildSeconds: 5,
};

/** The pinned programs of the control plane, its clients and its nodes, in the order in which they are built. */
export const catalogue: readonly Binary[] = [
  {
    ...kubernetes,
    name: 'kube-apiserver',
    goPackage: 'k8s.io/kubernetes/cmd/kube-apiserver',
    rule: 'same-minor',
    versionArgs: ['--version'],
    usualBuildSeconds: 300,
  },
  {
    ...kubernetes,
    name: 'kube-controller-manager',
    goPackage: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    rule: 'same-minor',
    versionArgs: ['--version'],
    usualBuildSeconds: 90,
  },
  {
    ...kubernetes,
    name: 'kubectl',
    goPackage: 'k8s.io/kubernetes/cmd/kubectl',
    rule: 'one-minor-skew',
    versionArgs: ['version', '--client'],
    usualBuildSeconds: 20,
  },
  {
    name: 'etcd',
    product: 'etcd',
    ...etcdPin,
    goPackage: 'go.etcd.io/etcd/server/v3',
    rule: 'same-minor',
    versionArgs: ['--version'],
    linkerVariables: {},
    usualBuildSeconds: 10,
  },
  {
    name: 'helm',
    product: 'helm',
    ...helmPin,
    goPackage: 'helm.sh/helm/v4/cmd/helm',
    rule: 'same-minor-or-newer',
    versionArgs: ['version', '--short'],
    linkerVariables: { 'helm.sh/helm/v4/internal/version.version': `v${formatVersion(helmPin.pinned)}` },
    usualBuildSeconds: 20,
  },
  {
    ...containerd,
    name: 'containerd',
    goPackage: 'github.com/containerd/containerd/v2/cmd/containerd',
    rule: 'same-minor',
    versionArgs: ['--version'],
    usualBuildSeconds: 60,
  },
];

/** The pinned programs of a node, which are built after those above. */
export const nodeCatalogue: readonly Binary[] = [
  {
    ...kubernetes,
    name: 'kubelet',
    goPackage: 'k8s.io/kubernetes/cmd/kubelet',
    rule: 'same-minor',
    versionArgs: ['--version'],
    usualBuildSeconds: 120,
  },
  {
    ...kubernetes,
    name: 'kube-scheduler',
    goPackage: 'k8s.io/kubernetes/cmd/kube-scheduler',
    rule: 'same-minor',
    versionArgs: ['--version'],
    usualBuildSeconds: 30,
  },
  {
    ...kubernetes,
    name: 'kube-proxy',
    goPackage: 'k8s.io/kubernetes/cmd/kube-proxy',
    rule: 'same-minor',
    versionArgs: ['--version'],
    usualBuildSeconds: 20,
  },
  {
    ...containerd,
    name: 'containerd-shim-runc-v2',
    goPackage: 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
    rule: 'same-minor',
    versionArgs: ['-v'],
    usualBuildSeconds: 10,
  },
  {
    ...containerd,
    name: 'ctr',
    goPackage: 'github.com/containerd/containerd/v2/cmd/ctr',
    rule: 'same-minor',
    versionArgs: ['--version'],
    usualBuildSeconds: 10,
  },
  {
    ...pin(path.join(goModDirectory, 'runc'), 'github.com/opencontainers/runc'),
    product: 'runc',
    name: 'runc',
    goPackage: 'github.com/opencontainers/runc',
    rule: 'same-minor',
    versionArgs: ['--version'],
    linkerVariables: {},
    linkedWithC: { tags: 'seccomp', packages: 'libseccomp-dev pkg-config gcc' },
    usualBuildSeconds: 15,
  },
  ...['runsc', 'shim'].map((folder) => ({
    ...pin(path.join(goModDirectory, 'gvisor'), 'gvisor.dev/gvisor'),
    product: 'gvisor',
    name: folder === 'runsc' ? ('runsc' as const) : ('containerd-shim-runsc-v1' as const),
    goPackage: `gvisor.dev/gvisor/${folder}`,
    rule: 'same-minor' as const,
    // A build from its Go module says no version.
    versionArgs: undefined,
    linkerVariables: {},
    usualBuildSeconds: folder === 'runsc' ? 120 : 30,
  })),
  ...(['main/bridge', 'main/loopback', 'ipam/host-local'] as const).map((plugin) => ({
    ...pin(path.join(goModDirectory, 'cni'), 'github.com/containernetworking/plugins'),
    product: 'cni-plugins',
    name: path.basename(plugin) as 'bridge' | 'loopback' | 'host-local',
    goPackage: `github.com/containernetworking/plugins/plugins/${plugin}`,
    rule: 'same-minor' as const,
    // Names that other programs of a machine have, too.
    versionArgs: undefined,
    linkerVariables: {},
    usualBuildSeconds: 5,
  })),
  registry,
  {
    ...pin(path.join(goModDirectory, 'crictl'), 'sigs.k8s.io/cri-tools'),
    product: 'cri-tools',
    name: 'crictl',
    goPackage: 'sigs.k8s.io/cri-tools/cmd/crictl',
    rule: 'same-minor-or-newer',
    versionArgs: ['--version'],
    linkerVariables: { 'sigs.k8s.io/cri-tools/pkg/version.Version': 'v1.37.0' },
    usualBuildSeconds: 20,
  },
];

/** Without these the API server says v0.0.0, which clients that compare versions refuse. */
export function kubernetesLinkerVariables(version: Version): Readonly<Record<string, string>> {
  const values = {
    gitVersion: `v${formatVersion(version)}`,
    gitMajor: String(version.major),
    gitMinor: String(version.minor),
    gitTreeState: 'clean',
  };
  // component-base's is what the programs say of themselves, client-go's is what they send as User-Agent.
  const goPackages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return Object.fromEntries(
    goPackages.flatMap((goPackage) => Object.entries(values).map(([name, value]) => [`${goPackage}.${name}`, value])),
  );
}
