import path from 'node:path';
import {
  catalogue,
  goModDirectory,
  kubernetesLinkerVariables,
  nodeCatalogue,
  type Binary,
  type BinaryName,
  type NodeBinaryName,
} from './catalogue.ts';
import { pin } from './pin.ts';
import { formatVersion } from './version-rule.ts';

/** The programs of Kubernetes that run in a matrix in another version than the pinned one. */
export type KubernetesProgram = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubelet';

/** The same of containerd. */
export type ContainerdProgram = 'containerd' | 'containerd-shim-runc-v2' | 'ctr';

const kubernetesPrograms: readonly KubernetesProgram[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
];
const containerdPrograms: readonly ContainerdProgram[] = ['containerd', 'containerd-shim-runc-v2', 'ctr'];

/** The programs of another minor version of Kubernetes, such as `1.36`, by a go.mod of its own. */
export function kubernetesBinaries(minor: string): readonly Binary[] {
  const pinned = pin(path.join(goModDirectory, 'matrix', `kubernetes-${minor}`), 'k8s.io/kubernetes');
  return kubernetesPrograms.map((name) => ({
    ...pinnedBinary(name),
    ...pinned,
    versionArgs: undefined,
    linkerVariables: kubernetesLinkerVariables(pinned.pinned),
  }));
}

/** The same of containerd, such as `1.7`. */
export function containerdBinaries(minor: string): readonly Binary[] {
  const goModule = `github.com/containerd/containerd${minor.startsWith('1.') ? '' : '/v2'}`;
  const pinned = pin(path.join(goModDirectory, 'matrix', `containerd-${minor}`), goModule);
  return containerdPrograms.map((name) => ({
    ...pinnedBinary(name),
    ...pinned,
    goPackage: `${goModule}/cmd/${name}`,
    versionArgs: undefined,
    linkerVariables: { [`${goModule}/version.Version`]: `v${formatVersion(pinned.pinned)}` },
  }));
}

/** The program that all other tests run: what its name is, how long a build takes. */
function pinnedBinary(name: BinaryName | NodeBinaryName): Binary {
  const binary = [...catalogue, ...nodeCatalogue].find((one) => one.name === name);
  if (binary === undefined) throw new Error(`No ${name} is pinned.`);
  return binary;
}
