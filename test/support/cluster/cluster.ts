import { readFile } from 'node:fs/promises';
import type { ProgramResult } from '../processes/run-program.ts';
import { ApiClient } from './api-client.ts';
import {
  connect,
  type ClientOptions,
  type ClusterClients,
  type ClusterDescription,
  type ServiceAccountTokenOptions,
} from './clients.ts';
import type { Identity } from './identities.ts';

/** A running cluster, as those use it who did not start it: none of its processes is theirs to stop. */
export class Cluster {
  /** All that another process needs to use this cluster. */
  readonly description: ClusterDescription;
  readonly #clients: ClusterClients;
  #api: ApiClient | undefined;

  constructor(description: ClusterDescription) {
    this.description = description;
    this.#clients = connect(description);
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

  /** Where the audit log is, one JSON event a line, if one was asked for. */
  get auditLogPath(): string | undefined {
    return this.description.auditLogPath;
  }

  /** The complete lines of the audit log, each an event in JSON. @throws Error where the cluster has none */
  async auditLines(): Promise<readonly string[]> {
    if (this.auditLogPath === undefined) throw new Error('The cluster was started without an audit log.');
    const log = await readFile(this.auditLogPath);
    return log.subarray(this.description.auditLogStart).toString().split('\n').slice(0, -1);
  }

  /** The environment for programs that a test starts itself, so that they end with the cluster. */
  get env(): Readonly<Record<string, string>> {
    return this.#clients.env;
  }

  /** The administrator with a program of her own: for what is no part of what is tested, as kubectl takes a tenth of a second. */
  get api(): ApiClient {
    this.#api ??= new ApiClient(this);
    return this.#api;
  }

  /** Runs kubectl as the administrator, or as whom the options say. An exit code other than 0 is a result. */
  kubectl(args: readonly string[], options?: ClientOptions): Promise<ProgramResult> {
    return this.#clients.kubectl(args, options);
  }

  /** Runs helm, the same way. */
  helm(args: readonly string[], options?: ClientOptions): Promise<ProgramResult> {
    return this.#clients.helm(args, options);
  }

  /** Asks the API server for a ServiceAccount's token. @throws Error where it refuses, such as for no such account */
  createServiceAccountToken(namespace: string, name: string, options?: ServiceAccountTokenOptions): Promise<string> {
    return this.#clients.createServiceAccountToken(namespace, name, options);
  }

  /** Writes a kubeconfig for a token, such as a ServiceAccount's. @returns its path, in the run's directory */
  writeKubeconfigFor(identity: Identity): Promise<string> {
    return this.#clients.writeKubeconfigFor(identity);
  }

  /** The kubeconfig of one of the users that the cluster was started with. @throws Error for another name */
  userKubeconfigPath(name: string): string {
    const file = this.description.userKubeconfigPaths[name];
    if (file === undefined) {
      const known = Object.keys(this.description.userKubeconfigPaths).join(', ');
      throw new Error(`The cluster was started without a user "${name}"; it has: ${known === '' ? 'none' : known}.`);
    }
    return file;
  }

  /** Closes the connections of {@link api}. */
  disconnect(): void {
    this.#api?.close();
    this.#api = undefined;
  }
}
