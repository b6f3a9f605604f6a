import type { Configuration } from '../config/configuration.ts';
import type { Namespace, Pod, RuntimeClass } from '../generated/objects.ts';
import type { HandlerPresence } from './node-handlers.ts';
import type { PodQuestion, PodUse } from './pod-use.ts';
import type { UsableNodes } from './usable-nodes.ts';

/** What policies know of the cluster. Answers come from memory, whether a live cluster or manifests stand behind it. */
export type ClusterState = {
  readonly runtimeClass: (name: string) => RuntimeClass | undefined;
  /** All classes with a handler. */
  readonly runtimeClassesOf: (handler: string) => readonly RuntimeClass[];
  readonly namespace: (name: string) => Namespace | undefined;
  /** What the nodes that a RuntimeClass can use report about its handler. */
  readonly handlerPresence: (runtimeClass: RuntimeClass) => HandlerPresence;
  /** The nodes that a pod of the class can use, by its class's scheduling and its own specification. */
  readonly usableNodes: (runtimeClass: RuntimeClass, spec: NonNullable<Pod['spec']>) => UsableNodes;
  /** Which pods use a class. Pods are not followed: of a live cluster this is what was asked for the request at hand. */
  readonly podUse: (question: PodQuestion) => PodUse;
};

/** What the admin has configured. */
export type ConfigurationState = {
  readonly configuration: Configuration;
  /**
   * Configurations that were in force until some minutes ago, newest first. Replicas change over at different moments:
   * what one of them wrote by the old one, another must not refuse by the new one.
   */
  readonly recentConfigurations: readonly Configuration[];
};

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
  /** Looks for pods, where memory holds none. Throws as `reread` does, and takes no longer than a request may. */
  readonly findPods?: (question: PodQuestion) => Promise<PodUse>;
};

/** All that policies know besides the object under review. */
export type World = ClusterState & ConfigurationState;
