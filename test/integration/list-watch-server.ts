import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came, and when. */
export type Asked = {
  readonly what: 'list' | 'watch';
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string;
  /** Milliseconds on this process's clock. */
  readonly at: number;
};

/** What a list or watch meets instead of an answer. */
export type Fault = (response: ServerResponse) => void;

type Stored = { readonly metadata: { readonly name: string; readonly resourceVersion: string } };

/**
 * The part of an API server that a reflector meets, in this process and without TLS: one collection, with pages,
 * continue tokens, watches from a resourceVersion and bookmarks. It can be made to fail as the real one does.
 *
 * Source: Kubernetes, API concepts, "Efficient detection of changes", "Retrieving large results sets in chunks".
 */
export class ListWatchServer {
  readonly #server: Server;
  readonly #objects = new Map<string, Stored>();
  readonly #events: { readonly type: string; readonly object: Stored; readonly version: number }[] = [];
  readonly #watches = new Set<ServerResponse>();
  readonly asked: Asked[] = [];
  /** Met by the lists and watches to come, one each; undefined for one that is answered. */
  readonly listFaults: (Fault | undefined)[] = [];
  readonly watchFaults: (Fault | undefined)[] = [];
  #version = 100;
  #compactedAt = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ListWatchServer> {
    const server = createServer({ keepAliveTimeout: 2_000 });
    const started = new ListWatchServer(server);
    server.on('request', started.answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return started;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Writes a kubeconfig for it, and nothing else. */
  async writeKubeconfig(file: string): Promise<void> {
    await writeKubeconfig(file, this.#server);
  }

  /** Connections that are open. */
  async connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  /** Creates or changes an object. */
  put(name: string, fields: object): void {
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED';
    const object = { ...fields, metadata: { name, resourceVersion: String(++this.#version) } };
    this.#objects.set(name, object);
    this.#happen(type, object);
  }

  delete(name: string): void {
    this.#objects.delete(name);
    this.#happen('DELETED', { metadata: { name, resourceVersion: String(++this.#version) } });
  }

  /** Other collections changed: a bookmark says up to where there is nothing to know. */
  bookmark(): string {
    const resourceVersion = String((this.#version += 10));
    this.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } });
    return resourceVersion;
  }

  /** Forgets the events so far, as compaction does: who needs them is told 410 Gone by an event of the watch. */
  compact(): void {
    this.#events.length = 0;
    this.#compactedAt = this.#version;
  }

  /** Writes a line to every watch: an object as JSON, a text as it is. */
  send(line: object | string): void {
    const text = typeof line === 'string' ? line : `${JSON.stringify(line)}\n`;
    for (const watch of this.#watches) watch.write(text);
  }

  /** Ends every watch, as the API server does when its time is over, or by breaking the connection. */
  endWatches(how: 'politely' | 'at once'): void {
    for (const watch of this.#watches) {
      if (how === 'politely') watch.end();
      else watch.destroy();
    }
    this.#watches.clear();
  }

  #happen(type: string, object: Stored): void {
    this.#events.push({ type, object, version: this.#version });
    this.send({ type, object });
  }

  /** Answers a request for the collection, also for a server that has several. */
  readonly answer = (request: IncomingMessage, response: ServerResponse): void => {
    const query = Object.fromEntries(new URL(request.url ?? '', 'http://here').searchParams);
    const what = query['watch'] === undefined ? 'list' : 'watch';
    this.asked.push({ what, query, accept: request.headers.accept ?? '', at: performance.now() });
    const fault = (what === 'list' ? this.listFaults : this.watchFaults).shift();
    if (fault !== undefined) fault(response);
    else if (what === 'list') this.#list(query, response);
    else this.#watch(Number(query['resourceVersion']), response);
  };

  #list(query: Asked['query'], response: ServerResponse): void {
    const from = Number(query['continue'] ?? 0);
    const limit = Number(query['limit']);
    const all = [...this.#objects.values()];
    const left = all.length > from + limit ? String(from + limit) : '';
    const metadata = { resourceVersion: String(this.#version), continue: left };
    response.end(JSON.stringify({ kind: 'List', metadata, items: all.slice(from, from + limit) }));
  }

  #watch(version: number, response: ServerResponse): void {
    response.flushHeaders();
    if (version < this.#compactedAt) {
      response.end(`${expired}\n`);
      return;
    }
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
    for (const event of this.#events) {
      const { type, object } = event;
      if (event.version > version) response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }
}

/** Writes a kubeconfig for a server that listens without TLS. */
export async function writeKubeconfig(file: string, listening: Server): Promise<void> {
  const { port } = listening.address() as AddressInfo;
  const server = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const config = {
    clusters: [{ name: 'here', cluster: server }],
    users: [{ name: 'me', user: {} }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'here',
  };
  await writeFile(file, JSON.stringify(config));
}

/** How a watch says that the events since its resourceVersion are gone. */
export const expired = JSON.stringify({
  type: 'ERROR',
  object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' },
});

/** Refuses with a Status, as the API server does. */
export function refusal(code: number, message: string): Fault {
  return (response) => {
    response.writeHead(code).end(JSON.stringify({ kind: 'Status', code, message }));
  };
}

/** Takes a request and never answers it. */
export const silence: Fault = () => undefined;

/** Opens a watch, says these lines, and ends it. */
export function lines(...texts: readonly string[]): Fault {
  return (response) => {
    response.end(texts.map((text) => `${text}\n`).join(''));
  };
}
