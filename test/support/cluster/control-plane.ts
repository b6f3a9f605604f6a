import type { ProgramResult } from '../processes/run-program.ts';
import {
  connect,
  type ClientOptions,
  type ClusterClients,
  type ClusterDescription,
  type ServiceAccountTokenOptions,
} from './clients.ts';
import type { ComponentName } from './component-specs.ts';
import type { Component } from './component.ts';
import type { Identity } from './identities.ts';
import { releaseRunResources, type RunResources } from './run-resources.ts';

/** Set to keep a run's whole directory, with data and credentials, whatever the outcome. */
export const keepVariable = 'SHIMGATE_E2E_KEEP';

const stopTimeoutMs = 20_000;

/** A running etcd, kube-apiserver and kube-controller-manager. {@link startControlPlane} makes it. */
export class ControlPlane {
  /** All that another process needs to use this cluster with {@link connect}. */
  readonly description: ClusterDescription;
  /** Where the audit log is, one JSON event a line, if one was asked for. */
  readonly auditLogPath: string | undefined;
  readonly #components: Readonly<Record<ComponentName, Component>>;
  readonly #resources: RunResources;
  readonly #startTimeoutMs: number;
  readonly #clients: ClusterClients;
  #stopped: Promise<void> | undefined;

  constructor(parts: {
    readonly description: ClusterDescription;
    readonly auditLogPath: string | undefined;
    readonly components: Readonly<Record<ComponentName, Component>>;
    readonly resources: RunResources;
    readonly startTimeoutMs: number;
  }) {
    this.description = parts.description;
    this.auditLogPath = parts.auditLogPath;
    this.#components = parts.components;
    this.#resources = parts.resources;
    this.#startTimeoutMs = parts.startTimeoutMs;
    this.#clients = connect(parts.description);
  }

  /** The API server's URL. */
  get server(): string {
    return this.description.server;
  }

  /** The administrator's kubeconfig. */
  get kubeconfigPath(): string {
    return this.description.kubeconfigPath;
  }

  /** The range that Services get their addresses from; every address in it is this machine's. */
  get serviceCidr(): string {
    return this.description.serviceCidr;
  }

  /** The environment for programs that a test starts itself, so that they end with the cluster. */
  get env(): Readonly<Record<string, string>> {
    return this.#clients.env;
  }

  /** Runs kubectl as the administrator, or as whom the options say. An exit code other than 0 is a result. */
  kubectl(args: readonly string[], options?: ClientOptions): Promise<ProgramResult> {
    return this.#clients.kubectl(args, options);
  }

  /** Runs helm, the same way. */
  helm(args: readonly string[], options?: ClientOptions): Promise<ProgramResult> {
    return this.#clients.helm(args, options);
  }

  /** Asks the API server for a ServiceAccount's token. @throws Error where it refuses, such as for no such account. */
  createServiceAccountToken(namespace: string, name: string, options?: ServiceAccountTokenOptions): Promise<string> {
    return this.#clients.createServiceAccountToken(namespace, name, options);
  }

  /** Writes a kubeconfig for a token, such as a ServiceAccount's. @returns Its path, in the run's directory. */
  writeKubeconfigFor(identity: Identity): Promise<string> {
    return this.#clients.writeKubeconfigFor(identity);
  }

  /** The kubeconfig of one of the users that the cluster was started with. @throws Error for another name. */
  userKubeconfigPath(name: string): string {
    const file = this.description.userKubeconfigPaths[name];
    if (file === undefined) {
      const known = Object.keys(this.description.userKubeconfigPaths).join(', ');
      throw new Error(`The cluster was started without a user "${name}"; it has: ${known === '' ? 'none' : known}.`);
    }
    return file;
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
