import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ClusterConnection } from '../cluster/connection.ts';
import { FileWatcher } from '../follow/file-watcher.ts';
import { backOff, type Pause } from '../follow/pause.ts';
import type { NodeDescriber, NodeDescription } from './describe-node.ts';
import { readIdentity, writeOwnObject, type NodeIdentity } from './own-object.ts';

/** Somebody may have deleted the object: it is applied anew after so long, which writes nothing where it is there. */
const reassertMs = 10 * 60_000;

/** Agents of thousands of nodes ask: one that is refused comes back slowly. */
const patient: Pause = backOff({ firstMs: 1_000, maxMs: 60_000, jitter: 1 });

/** Keeps the object of the node that it runs on up to date, until it is told to stop. */
export class NodeAgent {
  readonly #connection: ClusterConnection;
  readonly #describer: NodeDescriber;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  #watcher: FileWatcher | undefined;
  #watched: ReadonlySet<string> = new Set();
  #identity: NodeIdentity | undefined;
  #written: Pick<NodeDescription, 'status' | 'conditions'> | undefined;
  #writtenAt = 0;
  /** Ends the wait for the next change. */
  #wake: () => void = () => undefined;
  #hasChanged = false;

  constructor(connection: ClusterConnection, describer: NodeDescriber, logger: Logger) {
    this.#connection = connection;
    this.#describer = describer;
    this.#logger = logger;
  }

  /** Runs until `stop` is called. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#isStopped()) {
      this.#hasChanged = false;
      try {
        await this.#look();
        failures = 0;
      } catch (error) {
        failures++;
        this.#logger.warn(
          { reason: error instanceof Error ? error.message : String(error) },
          'cannot report this node',
        );
        await patient(failures, this.#stop.signal);
        continue;
      }
      await this.#change(reassertMs);
    }
    this.#watcher?.close();
  }

  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  async #look(): Promise<void> {
    this.#identity ??= await this.#identify();
    const { status, conditions, directories } = await this.#describer.describe();
    this.#watch(directories);
    const now = Date.now();
    const isSame = isDeepStrictEqual({ status, conditions }, this.#written);
    if (isSame && now - this.#writtenAt < reassertMs) return;
    await writeOwnObject(this.#connection, this.#identity, { status, conditions }, new Date(now).toISOString());
    this.#written = { status, conditions };
    this.#writtenAt = now;
    const { summary, problems } = status;
    const said = conditions.map(({ type, status: holds, message }) => `${type}=${holds}: ${message}`);
    const line = { node: this.#identity.name, ...summary, codes: problems?.map(({ code }) => code), conditions: said };
    if (!isSame) this.#logger.info(line, 'reported this node');
  }

  async #identify(): Promise<NodeIdentity> {
    const identity = await readIdentity(this.#connection);
    if (identity !== undefined) return identity;
    throw new Error(
      'the API server does not say which node this token is bound to: run as a pod, on Kubernetes 1.32 or later (1.30 and 1.31 do so by a feature gate, ServiceAccountTokenPodNodeInfo)',
    );
  }

  /** A watcher of files that are not there yet hears of them by their directory. */
  #watch(directories: ReadonlySet<string>): void {
    if (this.#watcher !== undefined && isDeepStrictEqual(directories, this.#watched)) return;
    this.#watcher?.close();
    this.#watched = directories;
    this.#watcher = new FileWatcher(
      [...directories].map((directory) => join(directory, 'any')),
      () => {
        this.#hasChanged = true;
        this.#wake();
      },
    );
  }

  async #change(maxMs: number): Promise<void> {
    if (this.#hasChanged || this.#isStopped()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, maxMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }
}
