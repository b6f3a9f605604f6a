import { readFileSync } from 'node:fs';
import path from 'node:path';

import { formatVersion, parseVersion, type Version, type VersionRule } from './version-rule.ts';

export type BinaryName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | 'helm' | 'containerd';

/** A pinned program: where its source is, how its version is read and judged, and what building it takes. */
export type Binary = {
  readonly name: BinaryName;
  /** What its version counts for: the cache's folder is named after it. */
  readonly product: 'kubernetes' | 'etcd' | 'helm' | 'containerd';
  /** The folder with the go.mod that pins it. */
  readonly goModDirectory: string;
  readonly goPackage: string;
  readonly pinned: Version;
  readonly rule: VersionRule;
  /** Arguments that make it print its version. */
  readonly versionArgs: readonly string[];
  /** Values for Go variables that a release build sets through the linker. */
  readonly linkerVariables: Readonly<Record<string, string>>;
  /** How long a build takes on two cores, in seconds, after those before it in this list: they share most packages. */
  readonly usualBuildSeconds: number;
};

const goModDirectory = import.meta.dirname;
const containerdModDirectory = path.join(goModDirectory, 'containerd');

const kubernetesVersion = pinnedVersion(goModDirectory, 'k8s.io/kubernetes');
const etcdVersion = pinnedVersion(goModDirectory, 'go.etcd.io/etcd/server/v3');
const helmVersion = pinnedVersion(goModDirectory, 'helm.sh/helm/v4');
const containerdVersion = pinnedVersion(containerdModDirectory, 'github.com/containerd/containerd/v2');

const kubernetes = {
  product: 'kubernetes',
  goModDirectory,
  pinned: kubernetesVersion,
  linkerVariables: kubernetesLinkerVariables(kubernetesVersion),
} as const;

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
    goModDirectory,
    goPackage: 'go.etcd.io/etcd/server/v3',
    pinned: etcdVersion,
    rule: 'same-minor',
    versionArgs: ['--version'],
    linkerVariables: {},
    usualBuildSeconds: 10,
  },
  {
    name: 'helm',
    product: 'helm',
    goModDirectory,
    goPackage: 'helm.sh/helm/v4/cmd/helm',
    pinned: helmVersion,
    rule: 'same-minor-or-newer',
    versionArgs: ['version', '--short'],
    linkerVariables: { 'helm.sh/helm/v4/internal/version.version': `v${formatVersion(helmVersion)}` },
    usualBuildSeconds: 20,
  },
  {
    name: 'containerd',
    product: 'containerd',
    goModDirectory: containerdModDirectory,
    goPackage: 'github.com/containerd/containerd/v2/cmd/containerd',
    pinned: containerdVersion,
    rule: 'same-minor',
    versionArgs: ['--version'],
    linkerVariables: {
      'github.com/containerd/containerd/v2/version.Version': `v${formatVersion(containerdVersion)}`,
    },
    usualBuildSeconds: 60,
  },
];

/** go.mod is the one place that says a version. */
function pinnedVersion(directory: string, goModule: string): Version {
  const file = path.join(directory, 'go.mod');
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => text.trim().startsWith(`${goModule} v`));
  const version = parseVersion(line ?? '');
  if (version === undefined) {
    throw new Error(`${file} requires no version of ${goModule}.`);
  }
  return version;
}

/** Without these the API server says v0.0.0, which clients that compare versions refuse. */
function kubernetesLinkerVariables(version: Version): Readonly<Record<string, string>> {
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
