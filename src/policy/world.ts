import type { Configuration } from '../config/configuration.ts';
import type { Namespace, Pod } from '../generated/objects.ts';
import type { ClusterState } from './cluster-index.ts';
import { followClass, followWithoutClass, type FollowedPod } from './follow-class.ts';
import { firstMatch, type PlacedRule } from './namespace-rules.ts';
import type { PodQuestion, PodUse } from './pod-use.ts';
import { placementKey, type UsableNodes } from './usable-nodes.ts';

/** So many answers about nodes are kept: pods of one workload ask alike. */
const maxAnswers = 1_000;

/** So many namespaces are remembered, more than a cluster is built for; beyond, memory begins anew. */
const maxNamespaces = 20_000;

/**
 * All that policies know besides the object under review: a cluster, a configuration, and what was worked out of the two.
 *
 * This is the one place that remembers. A world lives until a class, a node or the configuration changes: then another one
 * is made, which has forgotten everything. So nothing in its memory can be stale, but for namespaces, which come and go
 * more often than a world should: the rule of one is kept with the very object that it was found for. What is remembered
 * is bounded by what the cluster has, never by what requests say.
 */
export class World {
  readonly cluster: ClusterState;
  readonly configuration: Configuration;
  /**
   * Worlds of configurations that were in force until some minutes ago, newest first. Replicas change over at different
   * moments: what one of them wrote by the old one, another must not refuse by the new one.
   */
  readonly recent: readonly World[];
  /** What pods of a class lead to. */
  readonly #classes = new Map<string, FollowedPod>();
  /** The same of pods without a class, by the default runtime; undefined for untrusted workloads. */
  readonly #withoutClass = new Map<string | undefined, FollowedPod>();
  readonly #rules = new Map<
    string,
    { readonly namespace: Namespace | undefined; readonly placed: PlacedRule | undefined }
  >();
  readonly #answers = new Map<string, { readonly found: UsableNodes | undefined }>();

  constructor(
    cluster: ClusterState,
    configuration: Configuration,
    recentConfigurations: readonly Configuration[] = [],
  ) {
    this.cluster = cluster;
    this.configuration = configuration;
    this.recent = recentConfigurations.map((recent) => new World(cluster, recent));
  }

  /** Where pods of a class lead; undefined where there is no such class. */
  followClass(className: string): FollowedPod | undefined {
    const known = this.#classes.get(className);
    if (known !== undefined) return known;
    const runtimeClass = this.cluster.runtimeClass(className);
    if (runtimeClass === undefined) return undefined;
    const presence = this.cluster.handlerPresence(runtimeClass);
    const followed = followClass(className, runtimeClass, presence, this.configuration);
    this.#classes.set(className, followed);
    return followed;
  }

  /** Where pods lead that name no class. @param runtime the default one; undefined for an untrusted workload */
  followWithoutClass(runtime: string | undefined): FollowedPod {
    let followed = this.#withoutClass.get(runtime);
    if (followed === undefined) {
      followed = followWithoutClass(runtime, this.configuration);
      this.#withoutClass.set(runtime, followed);
    }
    return followed;
  }

  /** The first rule that matches a namespace; undefined where none does. */
  ruleFor(namespace: string): PlacedRule | undefined {
    if (this.configuration.namespaceRules.length === 0) return undefined;
    const object = this.cluster.namespace(namespace);
    const known = this.#rules.get(namespace);
    if (known !== undefined && known.namespace === object) return known.placed;
    const placed = firstMatch(namespace, object, this.configuration);
    // Of a namespace that is not known nothing is kept: requests could name any number of them.
    if (object === undefined) return placed;
    if (this.#rules.size >= maxNamespaces) this.#rules.clear();
    this.#rules.set(namespace, { namespace: object, placed });
    return placed;
  }

  /**
   * The nodes that a pod can use: nearly every pod asks what another one of its workload has asked before. Undefined for a class
   * that does not exist, and for a pod or a class that asks for too much to be looked at.
   */
  usableNodes({ className, runtimeClass }: FollowedPod, spec: NonNullable<Pod['spec']>): UsableNodes | undefined {
    if (runtimeClass === undefined && className !== undefined) return undefined;
    const placement = placementKey(spec);
    if (placement === undefined) return undefined;
    const question = `${className ?? ''} ${placement}`;
    const known = this.#answers.get(question);
    if (known !== undefined) return known.found;
    const found = this.cluster.usableNodes(runtimeClass, spec);
    if (found === undefined) return undefined;
    this.#answers.set(question, { found });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > maxAnswers && oldest !== undefined) this.#answers.delete(oldest);
    return found;
  }
}

/** Where the world comes from, as it is at the moment. */
export type WorldSource = {
  /** Undefined until everything has been read once. */
  readonly current: () => World | undefined;
  /**
   * Reads a class, if there is one, and the configuration anew, where there is somewhere to read them from: what memory does not know may
   * have been made a moment ago. Where nobody answers, memory stays as it is. Throws only where too many others look something up.
   */
  readonly reread?: (runtimeClassName: string | undefined) => Promise<void>;
  /** The same for a namespace, whose labels decide which rules apply. */
  readonly readNamespace?: (name: string) => Promise<void>;
  /** Looks for pods, which no world holds. Throws as `reread` does, and takes no longer than a request may. */
  readonly findPods?: (question: PodQuestion) => Promise<PodUse>;
};

/** Makes worlds, another one only where something changed since the last: a world remembers what it worked out. */
export class WorldMaker {
  #last: World | undefined;
  #recent: readonly Configuration[] = [];

  /** @param cluster the same object for as long as neither a class nor a node has changed */
  worldOf(cluster: ClusterState, configuration: Configuration, recent: readonly Configuration[]): World {
    const last = this.#last;
    const isSame =
      last?.cluster === cluster &&
      last.configuration === configuration &&
      recent.length === this.#recent.length &&
      recent.every((one, index) => one === this.#recent[index]);
    if (isSame) return last;
    this.#recent = recent;
    return (this.#last = new World(cluster, configuration, recent));
  }
}
