import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ApiError, type ClusterConnection, type WatchEvent } from './connection.ts';

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
};

type Meta = {
  readonly name?: string;
  readonly namespace?: string;
  readonly resourceVersion?: string;
  readonly continue?: string;
};

const silenceMs = 3 * 60_000;

/** As client-go's reflector: from 0.8 s, doubled to 30 s at most, and spread so that replicas do not come in step. */
const backoff = { firstMs: 800, maxMs: 30_000, jitter: 1 };

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

  constructor(connection: ClusterConnection, options: ReflectorOptions<T>, logger: Logger) {
    this.#connection = connection;
    this.#options = options;
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

  /** Takes in an object that was read otherwise, and lately. */
  put(name: string, object: T): void {
    this.#objects.set(name, object);
    this.#options.onChange?.();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isStopped()) {
      try {
        if (this.#resourceVersion === '') await this.#list();
        failures = 0;
        await this.#watch();
      } catch (error) {
        if (this.#isStopped()) return;
        failures++;
        this.#fail(error);
        const delayMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, 6));
        await sleep(delayMs * (1 + Math.random() * backoff.jitter), undefined, { signal: this.#stop.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  async #list(): Promise<void> {
    const { path, fieldSelector, metadataOnly = false, pageSize, keep, onChange } = this.#options;
    const objects = new Map<string, T>();
    let token: string | undefined;
    let resourceVersion: string | undefined;
    do {
      const page = (await this.#connection.request('GET', path, {
        accept: metadataOnly ? 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' : 'application/json',
        query: { limit: String(pageSize), continue: token, fieldSelector },
      })) as { readonly metadata?: Meta; readonly items?: readonly unknown[] };
      for (const item of page.items ?? []) {
        const kept = keep(item);
        if (kept !== undefined) objects.set(keyOf(item), kept);
      }
      token = page.metadata?.continue === '' ? undefined : page.metadata?.continue;
      resourceVersion = page.metadata?.resourceVersion;
    } while (token !== undefined && !this.#isStopped());
    this.#objects = objects;
    this.#resourceVersion = resourceVersion ?? '';
    this.#isSynced = true;
    this.#succeed();
    onChange?.();
  }

  async #watch(): Promise<void> {
    const { path, fieldSelector, metadataOnly = false } = this.#options;
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
        signal: this.#stop.signal,
        onEvent: (event) => {
          gone ??= this.#apply(event);
        },
      })
      .catch((error: unknown) => {
        gone = error instanceof ApiError && error.status === 410 ? error : gone;
        if (gone === undefined) throw error;
      });
    if (gone === undefined) return;
    // The API server no longer has the events since then: everything is listed anew.
    this.#resourceVersion = '';
    this.#logger.debug({ kind: this.kind, reason: gone.message }, 'watch expired');
  }

  /** @returns an error where the watch is of no use any more */
  #apply({ type, object }: WatchEvent): ApiError | undefined {
    if (type === 'ERROR') {
      const { code = 0, message = 'watch error' } = object as { readonly code?: number; readonly message?: string };
      return new ApiError(code, message);
    }
    this.#succeed();
    this.#resourceVersion = metaOf(object).resourceVersion ?? this.#resourceVersion;
    if (type === 'BOOKMARK') return undefined;
    const kept = type === 'DELETED' ? undefined : this.#options.keep(object);
    if (kept === undefined) this.#objects.delete(keyOf(object));
    else this.#objects.set(keyOf(object), kept);
    this.#options.onChange?.();
    return undefined;
  }

  #succeed(): void {
    this.#lastContact = Date.now();
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#logger.info({ kind: this.kind }, 'the API server answers again');
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#failure === undefined) this.#logger.warn({ kind: this.kind, reason }, 'cannot follow the API server');
    this.#failure = reason;
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }
}

function keyOf(object: unknown): string {
  const { namespace, name = '' } = metaOf(object);
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

function metaOf(object: unknown): Meta {
  return (object as { readonly metadata?: Meta }).metadata ?? {};
}
