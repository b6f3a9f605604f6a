import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { CacheState, ReadinessCheck } from '../follow/follower.ts';
import { pauseAfter, type Pause } from '../follow/pause.ts';
import { ApiError } from './api-error.ts';
import type { ClusterConnection, WatchEvent } from './connection.ts';
import { ObjectLookUps } from './object-look-ups.ts';
import { cacheState, syncCheck } from './follow-state.ts';
import { isNewer, keyOf, metaOf } from './object-meta.ts';

export type ReflectorOptions<T> = {
  /** What is reflected, for logs, metrics and readiness: `nodes`. */
  readonly kind: string;
  /** Path of the collection, such as `/api/v1/nodes`. */
  readonly path: string;
  /** Restricts the collection, such as `metadata.name=x`. */
  readonly fieldSelector?: string;
  /** Only metadata is fetched: the API server leaves the rest out. */
  readonly metadataOnly?: boolean;
  /** Objects a page; large objects want small pages, since a page is held in memory as text and as objects. */
  readonly pageSize: number;
  /** Reduces an object to what is kept; undefined keeps nothing of it. */
  readonly keep: (object: unknown) => T | undefined;
  /** Called after the first list, after each later one, and after each event that changed something. */
  readonly onChange?: () => void;
  /** Waits after so many failures in a row; client-go's pauses where it is left out. */
  readonly pause?: Pause;
};

const silenceMs = 3 * 60_000;

/** A watch that brought nothing and lived no longer than this was of no use: the next one waits. */
const shortWatchMs = 1_000;

/**
 * Keeps a copy of a collection: a paged list, then a watch from there, taken up again where it broke off. What was
 * known stays known while the API server is away.
 *
 * Source: Kubernetes, API concepts, "Efficient detection of changes" and "410 Gone responses".
 */
export class Reflector<T> {
  readonly #connection: ClusterConnection;
  readonly #options: ReflectorOptions<T>;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  #objects = new Map<string, T>();
  #resourceVersion = '';
  #isSynced = false;
  #lastContact = 0;
  #failure: string | undefined;
  #running: Promise<void> | undefined;
  readonly #lookUps: ObjectLookUps;

  constructor(connection: ClusterConnection, options: ReflectorOptions<T>, logger: Logger) {
    this.#connection = connection;
    this.#options = options;
    this.#lookUps = new ObjectLookUps(connection, options.path, (read) => {
      this.put(read);
    });
    this.#logger = logger;
  }

  get kind(): string {
    return this.#options.kind;
  }

  /** By name, or by namespace/name for what has a namespace. */
  get objects(): ReadonlyMap<string, T> {
    return this.#objects;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Seconds since the API server was last heard of; 0 while a watch is open. Undefined before the first list. */
  stalenessSeconds(now: number): number | undefined {
    if (!this.#isSynced) return undefined;
    return this.#failure === undefined ? 0 : Math.max(0, (now - this.#lastContact) / 1000);
  }

  get cache(): CacheState {
    return cacheState(this);
  }

  get check(): ReadinessCheck {
    return syncCheck(this);
  }

  /** Why the API server cannot be followed at the moment. */
  get failure(): string | undefined {
    return this.#failure;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /**
   * Takes in an object that was read otherwise, unless the watch has brought something newer meanwhile: an answer that
   * was slow must not stand in the way of what came after it.
   */
  put(read: unknown): void {
    if (!isNewer(metaOf(read).resourceVersion, this.#resourceVersion)) return;
    const kept = this.#options.keep(read);
    if (kept !== undefined) this.#set(keyOf(read), kept);
  }

  /**
   * Reads one object now; who asks for the same at the same time shares one reading. Where the API server does not answer,
   * memory stays as it is.
   *
   * @throws TooManyLookUps where too many others are being read
   */
  lookUp(name: string): Promise<void> {
    return this.#lookUps.lookUp(name);
  }

  async #run(): Promise<void> {
    /** Tries in a row that led to no watch that was of use. */
    let failures = 0;
    const { pause = pauseAfter } = this.#options;
    while (!this.#isStopped()) {
      const isListed = this.#resourceVersion !== '';
      try {
        if (!isListed) await this.#list();
        const isUseful = await this.#watch();
        failures = isUseful ? 0 : failures + 1;
        // What happened since then is gone, which says nothing against the API server: it is asked for a list at once.
        if (isListed && this.#resourceVersion === '') continue;
      } catch (error) {
        failures++;
        this.#fail(error);
      }
      if (failures > 0) await pause(failures, this.#stop.signal);
    }
  }

  async #list(): Promise<void> {
    const { path, fieldSelector, metadataOnly = false, pageSize, keep, onChange } = this.#options;
    const objects = new Map<string, T>();
    const resourceVersion = await this.#connection.list(path, {
      accept: metadataOnly ? 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' : 'application/json',
      query: { fieldSelector },
      pageSize,
      signal: this.#stop.signal,
      onItem: (item) => {
        const kept = keep(item);
        if (kept !== undefined) objects.set(keyOf(item), kept);
      },
    });
    this.#objects = objects;
    this.#resourceVersion = resourceVersion;
    this.#isSynced = true;
    this.#succeed();
    onChange?.();
  }

  /** @returns whether the watch was of use: it brought something, or was open for a while */
  async #watch(): Promise<boolean> {
    const { path, fieldSelector, metadataOnly = false } = this.#options;
    let openedAt = Infinity;
    const ended = new AbortController();
    let events = 0;
    let gone: ApiError | undefined;
    await this.#connection
      .watch(path, {
        accept: metadataOnly ? 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' : 'application/json',
        query: {
          fieldSelector,
          resourceVersion: this.#resourceVersion,
          allowWatchBookmarks: 'true',
          // Between five and ten minutes, as client-go: watches of many replicas do not end together.
          timeoutSeconds: String(Math.round(300 * (1 + Math.random()))),
        },
        inactivityMs: silenceMs,
        signal: AbortSignal.any([this.#stop.signal, ended.signal]),
        onOpen: () => {
          openedAt = Date.now();
          this.#succeed();
        },
        onEvent: (event) => {
          if (gone !== undefined) return;
          gone = this.#apply(event);
          if (gone === undefined) events++;
          else ended.abort();
        },
      })
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 410) gone = error;
        else this.#fail(error);
      });
    if (gone !== undefined) {
      // The API server no longer has the events since then: everything is listed anew.
      this.#resourceVersion = '';
      this.#logger.debug({ kind: this.kind, reason: gone.message }, 'watch expired');
    }
    return events > 0 || Date.now() - openedAt > shortWatchMs;
  }

  /** @returns an error where the watch is of no use any more */
  #apply({ type, object }: WatchEvent): ApiError | undefined {
    if (type === 'ERROR') {
      const status = (object ?? {}) as { readonly code?: number; readonly message?: string };
      const { code = 0, message = 'watch error' } = status;
      return new ApiError(code, message);
    }
    this.#succeed();
    this.#resourceVersion = metaOf(object).resourceVersion ?? this.#resourceVersion;
    if (type === 'BOOKMARK') return undefined;
    const kept = type === 'DELETED' ? undefined : this.#options.keep(object);
    if (kept !== undefined) {
      this.#set(keyOf(object), kept);
    } else if (this.#objects.delete(keyOf(object))) {
      this.#options.onChange?.();
    }
    return undefined;
  }

  /** An object of which nothing changed that is kept, such as a node's heartbeat, is no change. */
  #set(name: string, kept: T): void {
    const known = this.#objects.get(name);
    if (known !== undefined && isDeepStrictEqual(known, kept)) return;
    this.#objects.set(name, kept);
    this.#options.onChange?.();
  }

  #succeed(): void {
    this.#lastContact = Date.now();
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#logger.info({ kind: this.kind }, 'the API server answers again');
  }

  #fail(error: unknown): void {
    if (this.#isStopped()) return;
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#failure === undefined) this.#logger.warn({ kind: this.kind, reason }, 'cannot follow the API server');
    this.#failure = reason;
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }
}
