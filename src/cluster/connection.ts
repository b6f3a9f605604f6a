import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { RequestContext, type HttpMethod } from '@kubernetes/client-node/dist/gen/http/http.js';
import { Watch } from '@kubernetes/client-node/dist/watch.js';
import { Agent, fetch, type Dispatcher } from 'undici';
import { Session } from './session.ts';

/** The API server's answer to a request that it refused. */
export class ApiError extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Query = Readonly<Record<string, string | undefined>>;

export type RequestOptions = {
  readonly query?: Query;
  readonly accept?: string;
  /** Body and its media type. */
  readonly body?: { readonly value: unknown; readonly type: string };
  readonly timeoutMs?: number;
  /** Gives the request up. */
  readonly signal?: AbortSignal;
};

export type ListOptions = {
  readonly query: Query;
  readonly accept: string;
  /** Objects a page. */
  readonly pageSize: number;
  readonly onItem: (object: unknown) => void;
  /** Asked before each further page: whether that need not be read. */
  readonly isEnough?: () => boolean;
  readonly signal: AbortSignal;
};

export type WatchEvent = { readonly type: string; readonly object: unknown };

export type WatchOptions = {
  readonly query: Query;
  readonly accept: string;
  /** Called when the API server has taken the watch up, before the first event. */
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent) => void;
  /** The watch is given up when nothing came for so long; the API server sends a bookmark about every minute. */
  readonly inactivityMs: number;
  readonly signal: AbortSignal;
};

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The API server, spoken to with a kubeconfig's or a ServiceAccount's credentials. */
export class ClusterConnection {
  readonly #config: KubeConfig;

  private constructor(config: KubeConfig) {
    this.#config = config;
  }

  /**
   * @param kubeconfig a file; undefined for the pod's ServiceAccount and, outside of a pod, what kubectl would use
   * @throws where the kubeconfig cannot be read or names no cluster
   */
  static open(kubeconfig: string | undefined): ClusterConnection {
    const config = new KubeConfig();
    if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
    else if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(serviceAccountToken))
      config.loadFromCluster();
    else config.loadFromDefault();
    if (config.getCurrentCluster() === null) throw new Error('the kubeconfig has no current context with a cluster');
    return new ClusterConnection(config);
  }

  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? '';
  }

  /**
   * Sends one request and reads its JSON answer.
   *
   * @throws ApiError where the API server refuses it, does not answer in time, or cannot be reached
   */
  async request(method: HttpMethod, path: string, options: RequestOptions = {}): Promise<unknown> {
    const session = new Session();
    try {
      return await this.#send(session, method, path, options);
    } finally {
      await session.close();
    }
  }

  /**
   * Reads a collection page by page, over one connection.
   *
   * @returns the resourceVersion of the collection
   * @throws ApiError as a request does: also where the API server no longer knows what comes next
   */
  async list(path: string, { query, accept, pageSize, onItem, isEnough, signal }: ListOptions): Promise<string> {
    const session = new Session();
    try {
      let token: string | undefined;
      for (;;) {
        const paged = { ...query, limit: String(pageSize), continue: token };
        const page = (await this.#send(session, 'GET', path, { query: paged, accept, signal })) as Page;
        for (const item of page.items ?? []) onItem(item);
        token = page.metadata?.continue;
        if (token === undefined || token === '' || isEnough?.() === true) return page.metadata?.resourceVersion ?? '';
      }
    } finally {
      await session.close();
    }
  }

  async #send(session: Session, method: HttpMethod, path: string, options: RequestOptions): Promise<unknown> {
    const { query = {}, accept = 'application/json', body, timeoutMs = 30_000, signal } = options;
    const url = new URL(this.server + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const context = new RequestContext(url.toString(), method);
    try {
      await this.#config.applySecurityAuthentication(context);
      // Each context brings a dispatcher of its own, with the credentials of this moment.
      const dispatcher = session.share(context.getDispatcher() ?? new Agent());
      const response = await fetch(url, {
        method,
        dispatcher,
        headers: {
          ...context.getHeaders(),
          Accept: accept,
          // Both sides are in one data centre: to pack and unpack a list would take longer than to send it as it is.
          'Accept-Encoding': 'identity',
          ...(body !== undefined && { 'Content-Type': body.type }),
        },
        ...(body !== undefined && { body: JSON.stringify(body.value) }),
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
      });
      if (!response.ok) throw new ApiError(response.status, await failureText(response));
      return await response.json();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(0, causeText(error));
    }
  }

  /**
   * Watches until the API server closes the watch, it falls silent, or the signal says so.
   *
   * @throws ApiError where the watch is refused or breaks
   */
  async watch(path: string, options: WatchOptions): Promise<void> {
    const { query, accept, onOpen, onEvent, inactivityMs, signal } = options;
    const config = new WatchConfig(this.#config, accept);
    const watch = new Watch(config);
    // The library's 30 s are shorter than the pause between two bookmarks, and its type keeps the field to itself.
    Object.assign(watch, { requestTimeoutMs: inactivityMs });
    // The library can be told to stop only once the API server has answered, which may take as long as it is silent.
    const giveUp = () => {
      config.disconnect();
    };
    signal.addEventListener('abort', giveUp);
    try {
      await new Promise<void>((resolve, reject) => {
        let isDone = false;
        const done = (error: unknown) => {
          isDone = true;
          if (error === null || error === undefined || signal.aborted) resolve();
          else reject(new ApiError(statusOf(error), causeText(error)));
        };
        const onObject = (type: string, object: unknown) => {
          onEvent({ type, object });
        };
        watch.watch(path, query, onObject, done).then(() => {
          if (!isDone) onOpen();
        }, done);
      });
    } finally {
      signal.removeEventListener('abort', giveUp);
      config.disconnect();
    }
  }
}

type Page = {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly unknown[];
};

/** A kubeconfig for one watch: it also says which representation is wanted, and can break the connection. */
class WatchConfig extends KubeConfig {
  readonly #base: KubeConfig;
  readonly #accept: string;
  #dispatcher: Dispatcher | undefined;
  #isOver = false;

  constructor(base: KubeConfig, accept: string) {
    super();
    this.#base = base;
    this.#accept = accept;
  }

  override getCurrentCluster(): ReturnType<KubeConfig['getCurrentCluster']> {
    return this.#base.getCurrentCluster();
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await this.#base.applySecurityAuthentication(context);
    context.setHeaderParam('Accept', this.#accept);
    this.#dispatcher = context.getDispatcher() ?? new Agent();
    context.setDispatcher(this.#dispatcher);
    if (this.#isOver) this.disconnect();
  }

  disconnect(): void {
    this.#isOver = true;
    void this.#dispatcher?.destroy();
  }
}

async function failureText(response: Awaited<ReturnType<typeof fetch>>): Promise<string> {
  const text = await response.text();
  try {
    const status = JSON.parse(text) as { readonly message?: unknown };
    if (typeof status.message === 'string') return status.message;
  } catch {
    // Not a Status object: a proxy's page, say.
  }
  return `the API server answered ${response.status}`;
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0;
}

function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
