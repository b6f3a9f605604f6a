import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { RequestContext, type HttpMethod } from '@kubernetes/client-node/dist/gen/http/http.js';
import { Watch } from '@kubernetes/client-node/dist/watch.js';
import { fetch } from 'undici';
import { ApiError, causeText, failure, statusOf } from './api-error.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { RequestConfig } from './request-config.ts';
import { WatchConfig } from './watch-config.ts';

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

export type PageOptions = {
  readonly query: Query;
  readonly accept: string;
  /** Objects a page. */
  readonly pageSize: number;
  /** For each page. */
  readonly timeoutMs?: number;
  /** Whether a list that took too long may go on with objects of a later moment, rather than fail. */
  readonly mayBeInconsistent?: boolean;
  readonly signal: AbortSignal;
};

export type ListOptions = Omit<PageOptions, 'timeoutMs' | 'mayBeInconsistent'> & {
  readonly onItem: (object: unknown) => void;
  /** Asked before each further page: whether that need not be read. */
  readonly isEnough?: () => boolean;
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

/** The API server, spoken to with a kubeconfig's or a ServiceAccount's credentials. */
export class ClusterConnection {
  readonly #config: KubeConfig;
  readonly #requests = new RequestConfig();

  private constructor(config: KubeConfig) {
    this.#config = config;
    this.#requests.loadFromOptions(config);
  }

  /**
   * @param kubeconfig a file; undefined for the pod's ServiceAccount and, outside of a pod, what kubectl would use
   * @param context of the kubeconfig; undefined for its current one
   * @throws where the kubeconfig cannot be read or names no cluster
   */
  static open(kubeconfig: string | undefined, context?: string): ClusterConnection {
    return new ClusterConnection(loadKubeconfig(kubeconfig, context));
  }

  /** The namespace that kubectl would use where none is given. */
  get namespace(): string {
    return this.#config.getContextObject(this.#config.getCurrentContext())?.namespace ?? 'default';
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
    const { query = {}, accept = 'application/json', body, timeoutMs = 30_000, signal } = options;
    const url = new URL(this.server + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const context = new RequestContext(url.toString(), method);
    try {
      const dispatcher = await this.#requests.authenticate(context);
      const response = await fetch(url, {
        method,
        dispatcher,
        headers: {
          ...context.getHeaders(),
          // Also the name under which the API server notes what is written (managedFields).
          'User-Agent': 'shimgate',
          Accept: accept,
          // Both sides are in one data centre: to pack and unpack a list would take longer than to send it as it is.
          'Accept-Encoding': 'identity',
          ...(body !== undefined && { 'Content-Type': body.type }),
        },
        ...(body !== undefined && { body: JSON.stringify(body.value) }),
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
      });
      if (!response.ok) throw await failure(response);
      return await response.json();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(0, causeText(error));
    }
  }

  /**
   * Reads a collection page by page.
   *
   * @returns the resourceVersion of the collection
   * @throws ApiError as a request does: also where the API server no longer knows what comes next
   */
  async list(path: string, { onItem, isEnough, ...options }: ListOptions): Promise<string> {
    let resourceVersion = '';
    for await (const page of this.#pages(path, options)) {
      resourceVersion = page.metadata?.resourceVersion ?? '';
      for (const item of page.items ?? []) onItem(item);
      // Of the last page there is nothing left to leave out.
      const hasMore = (page.metadata?.continue ?? '') !== '';
      if (hasMore && isEnough?.() === true) break;
    }
    return resourceVersion;
  }

  /** The same, and the reader decides when the next page is read. @throws ApiError as `list` does */
  async *items(path: string, options: PageOptions): AsyncGenerator<readonly unknown[], void, undefined> {
    for await (const page of this.#pages(path, options)) yield page.items ?? [];
  }

  async *#pages(path: string, options: PageOptions): AsyncGenerator<Page, void, undefined> {
    const { query, accept, pageSize, timeoutMs, mayBeInconsistent = false, signal } = options;
    const request = { accept, signal, ...(timeoutMs !== undefined && { timeoutMs }) };
    let token: string | undefined;
    do {
      const paged = { ...query, limit: String(pageSize), continue: token };
      try {
        const page = (await this.request('GET', path, { ...request, query: paged })) as Page;
        token = page.metadata?.continue;
        yield page;
      } catch (error) {
        if (!mayBeInconsistent || !(error instanceof ApiError) || error.continueToken === undefined) throw error;
        token = error.continueToken;
      }
    } while (token !== undefined && token !== '');
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
          else reject(watchError(path, error));
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

/** The library says no more of a refusal than its status in words, such as `Forbidden`: not of what, nor that it was a watch. */
function watchError(path: string, error: unknown): ApiError {
  const status = statusOf(error);
  const text = causeText(error);
  return new ApiError(
    status,
    status === 0 ? text : `the API server answered the watch of ${path} with ${status} ${text}`,
  );
}

type Page = {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly unknown[];
};
