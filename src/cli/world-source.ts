import { LiveCluster } from '../cluster/live-cluster.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Follower } from '../follow/follower.ts';
import type { ClusterState } from '../policy/cluster-index.ts';
import { WorldMaker, type WorldSource } from '../policy/world.ts';

/** A configuration that is followed. */
export type ConfigurationSource = Follower & {
  /** Undefined until there was a valid one. */
  readonly current: Configuration | undefined;
  readonly recent: readonly Configuration[];
  readonly reread?: () => Promise<void>;
};

/** The cluster of manifests, which nobody follows. */
export type ManifestCluster = Follower & { readonly state: ClusterState; readonly isKnown: true };

/** The world as configuration and cluster make it at the moment. */
export function worldSource(configuration: ConfigurationSource, cluster: LiveCluster | ManifestCluster): WorldSource {
  const worlds = new WorldMaker();
  const current = () => {
    const { current: inForce, recent } = configuration;
    return inForce === undefined || !cluster.isKnown ? undefined : worlds.worldOf(cluster.state, inForce, recent);
  };
  if (!(cluster instanceof LiveCluster)) return { current };
  return {
    current,
    readNamespace: (name) => cluster.lookUpNamespace(name),
    findPods: (question) => cluster.findPods(question),
    reread: async (name) => {
      await Promise.all([name === undefined ? undefined : cluster.lookUpRuntimeClass(name), configuration.reread?.()]);
    },
  };
}
