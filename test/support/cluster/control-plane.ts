import type { ClusterDescription } from './clients.ts';
import { Cluster } from './cluster.ts';
import type { ComponentName } from './component-specs.ts';
import type { Component } from './component.ts';
import { releaseRunResources, type RunResources } from './run-resources.ts';

/** Set to keep a run's whole directory, with data and credentials, whatever the outcome. */
export const keepVariable = 'SHIMGATE_E2E_KEEP';

const stopTimeoutMs = 20_000;

/** A running etcd, kube-apiserver and kube-controller-manager of this process. {@link startControlPlane} makes it. */
export class ControlPlane extends Cluster {
  readonly #components: Readonly<Record<ComponentName, Component>>;
  readonly #resources: RunResources;
  readonly #startTimeoutMs: number;
  #stopped: Promise<void> | undefined;

  constructor(parts: {
    readonly description: ClusterDescription;
    readonly components: Readonly<Record<ComponentName, Component>>;
    readonly resources: RunResources;
    readonly startTimeoutMs: number;
  }) {
    super(parts.description);
    this.#components = parts.components;
    this.#resources = parts.resources;
    this.#startTimeoutMs = parts.startTimeoutMs;
  }

  /** All that a component has logged so far. */
  logs(name: ComponentName): string {
    return this.#components[name].log();
  }

  /** Ends one component: politely, or at once as a crash would. Its data and addresses stay. */
  async stopProcess(name: ComponentName, how: 'politely' | 'at once' = 'politely'): Promise<void> {
    await this.#components[name].stop(how === 'politely' ? 'SIGTERM' : 'SIGKILL', stopTimeoutMs);
  }

  /** Starts a component again, as it was, and waits until it is healthy. */
  async startProcess(name: ComponentName): Promise<void> {
    await this.#components[name].start(this.#startTimeoutMs);
  }

  /** Stops a component in its tracks: its connections stay open and nothing is answered. */
  pauseProcess(name: ComponentName): void {
    this.#components[name].pause();
  }

  /** Lets a paused component go on. */
  resumeProcess(name: ComponentName): void {
    this.#components[name].resume();
  }

  /**
   * Stops all, and every process that carries the run's environment. Asked again, it does nothing more.
   *
   * @param outcome After a `failure`, or where a component ended by itself, the logs are kept and standard error says where.
   * @throws Error where a process cannot be ended.
   */
  stop(outcome: 'success' | 'failure' = 'success'): Promise<void> {
    this.#stopped ??= this.#stop(outcome);
    return this.#stopped;
  }

  async #stop(outcome: 'success' | 'failure'): Promise<void> {
    this.disconnect();
    const components = Object.values(this.#components);
    const crashes = components.flatMap(({ name, crash }) => (crash === undefined ? [] : [`${name} ${crash}`]));
    // Nothing is worth finishing: the data goes with it.
    await Promise.all(components.map((component) => component.stop('SIGKILL', stopTimeoutMs)));
    const keepLogs = outcome === 'failure' || crashes.length > 0;
    const keep = process.env[keepVariable] !== undefined ? 'everything' : keepLogs ? 'logs' : 'nothing';
    await releaseRunResources(this.#resources, keep);
    crashes.forEach((crash) => process.stderr.write(`The control plane's ${crash}, though nothing stopped it.\n`));
    if (keep !== 'nothing') {
      process.stderr.write(`The control plane's logs are in ${this.description.directory.logs}\n`);
    }
  }
}
