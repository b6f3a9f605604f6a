import { posix } from 'node:path';
import { tableAt } from '../text/located-value.ts';
import { textOf } from '../import/node-runtimes.ts';
import { structField } from '../import/containerd/go-decoding.ts';
import type { NodeConfiguration } from '../import/containerd/node-configuration.ts';

/**
 * Where systemd looks, and so a containerd that it starts without a word about PATH; /sbin and /bin lead to the same where
 * /usr is merged, as in every distribution of today. Source: systemd.exec(5), $PATH.
 */
const ofSystemd: readonly string[] = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];

/**
 * Distributions whose containerd looks among their own programs first, by the beginning of where its configuration lies.
 *
 * Sources: k3s, pkg/dataverify and cmd/k3s, which puts its data directory before PATH; RKE2, the same below its own; k0s,
 * pkg/supervisor; MicroK8s, run-containerd-with-args; Canonical Kubernetes, its snap's containerd service.
 */
const ofDistributions: readonly (readonly [string, readonly string[]])[] = [
  ['/var/lib/rancher/k3s/', ['/var/lib/rancher/k3s/data/current/bin', '/var/lib/rancher/k3s/data/current/bin/aux']],
  ['/var/lib/rancher/rke2/', ['/var/lib/rancher/rke2/bin']],
  ['/etc/k0s/', ['/var/lib/k0s/bin']],
  ['/var/snap/microk8s/', ['sbin', 'bin', 'usr/sbin', 'usr/bin'].map((end) => `/snap/microk8s/current/${end}`)],
  ['/var/snap/k8s/', ['bin', 'sbin', 'usr/bin', 'usr/sbin'].map((end) => `/snap/k8s/current/${end}`)],
];

/** The plugin that puts a directory of its own before PATH. Source: containerd, plugins/opt (2.x), api of 1.x opt. */
const optPlugin = 'io.containerd.internal.v1.opt';

/**
 * The directories in which containerd looks for shims, in its order. What a service says of PATH cannot be read from
 * containerd's files: whoever has changed it says so.
 *
 * @param place where containerd's configuration lies; empty where that is not known
 * @param configuration undefined where it was not read
 * @param given PATH, where it is known
 *
 * Source: containerd, core/runtime/v2/shim_manager.go, resolveRuntimePath; plugins/opt, which sets PATH.
 */
export function searchPath(
  place: string,
  configuration: Pick<NodeConfiguration, 'plugins'> | undefined,
  given?: readonly string[],
): readonly string[] {
  const opt = tableAt(configuration?.plugins, optPlugin);
  const own = (opt === undefined ? undefined : textOf(structField(opt, 'path'))?.value) ?? '/opt/containerd';
  const ofDistribution = ofDistributions.find(([beginning]) => place.startsWith(beginning))?.[1] ?? [];
  return [posix.join(own, 'bin'), ...(given ?? [...ofDistribution, ...ofSystemd])].filter((path) =>
    posix.isAbsolute(path),
  );
}
