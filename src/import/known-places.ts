/** Where a configuration lies on a node, and what of its kind it goes before. */
type KnownPlace = {
  readonly path: string;
  /** Places that say nothing of Kubernetes where this one is there. */
  readonly goesBefore?: readonly string[];
};

const containerdsOwn = '/etc/containerd/config.toml';

/**
 * containerd's own place, which kind, EKS, GKE, AKS and Bottlerocket use too, Docker's, and those of distributions that
 * bring their containerd along.
 *
 * Sources: k3s, pkg/agent/containerd; k0s, docs/runtime.md; Talos, pkg/machinery/constants, CRIContainerdConfig (its
 * containerd of /etc/containerd runs Talos' own services); MicroK8s, "Configuring services"; Canonical Kubernetes,
 * snap paths; Flatcar, CONTAINERD_CONFIG of its containerd.service; containerd, defaults/defaults_windows.go.
 */
const knownPlaces: readonly KnownPlace[] = [
  { path: '/etc/cri/containerd.toml', goesBefore: [containerdsOwn] },
  { path: containerdsOwn, goesBefore: ['/usr/share/containerd/config.toml'] },
  { path: '/etc/docker/daemon.json' },
  { path: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml' },
  { path: '/var/lib/rancher/rke2/agent/etc/containerd/config.toml' },
  { path: '/etc/k0s/containerd.toml' },
  { path: '/var/snap/microk8s/current/args/containerd.toml' },
  { path: '/var/snap/k8s/common/etc/containerd/config.toml' },
  { path: '/usr/share/containerd/config.toml' },
  { path: '/Program Files/containerd/config.toml' },
];

/** The paths at which a node's configurations are looked for. */
export const knownPaths: readonly string[] = knownPlaces.map(({ path }) => path);

/** Of the known paths that are there, those that say what Kubernetes' pods run in. */
export function thatCount(there: readonly string[]): readonly string[] {
  const before = new Set(
    knownPlaces.filter(({ path }) => there.includes(path)).flatMap(({ goesBefore = [] }) => goesBefore),
  );
  return there.filter((path) => !before.has(path));
}

/** Directories whose files are made while a node runs, and which no copy of it has. */
const madeAtRunTime: readonly string[] = ['/run/', '/var/run/', '/tmp/'];

/** Whether a file that a copy of a node lacks may be on the node all the same. */
export function isMadeAtRunTime(path: string): boolean {
  return madeAtRunTime.some((directory) => path.startsWith(directory));
}
