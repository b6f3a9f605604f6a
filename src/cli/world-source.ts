import { LiveCluster } from '../cluster/live-cluster.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Follower } from '../follow/follower.ts';
import type { ClusterState } from '../policy/cluster-index.ts';
import type { PodQuestion, PodUse } from '../policy/pod-use.ts';
import { WorldMaker, type WorldSource } from '../policy/world.ts';

/** A configuration that is followed. */
export type ConfigurationSource = Follower & {
  /** Undefined until there was a valid one. */
  readonly current: Configuration | undefined;
  readonly recent: readonly Configuration[];
  readonly reread?: () => Promise<void>;
};

/** The cluster of manifests, which nobody follows. */
export type ManifestCluster = Follower & {
  readonly state: ClusterState;
  readonly isKnown: true;
  readonly findPods: (question: PodQuestion) => Promise<PodUse>;
};

/** The world as configuration and cluster make it at the moment. */
export function worldSource(configuration: ConfigurationSource, cluster: LiveCluster | ManifestCluster): WorldSource {
  const worlds = new WorldMaker();
  const current = () => {
    const { current: inForce, recent } = configuration;
    return inForce === undefined || !cluster.isKnown ? undefined : worlds.worldOf(cluster.state, inForce, recent);
  };
  const findPods = (question: PodQuestion) => cluster.findPods(question);
  if (!(cluster instanceof LiveCluster)) return { current, findPods };
  return {
    current,
    findPods,
    readNamespace: (name) => cluster.lookUpNamespace(name),
    reread: async (name) => {
      await Promise.all([name === undefined ? undefined : cluster.lookUpRuntimeClass(name), configuration.reread?.()]);
    },
  };
}
