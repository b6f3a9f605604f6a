import { once } from 'node:events';
import {
  request as requestHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** What is sent; without headers, an AdmissionReview as the API server sends it. */
export type Request = {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
};

/** No answer takes so long, in milliseconds. */
const answerMs = 10_000;

/** A client as the API server is one: HTTP/1.1 over TLS, verified by a CA, connections kept alive. */
export class HttpsClient {
  readonly #agent: Agent;
  readonly #port: number;

  /** @param identity a client certificate and its key, in PEM */
  constructor(port: number, ca: string, identity: { readonly cert?: string; readonly key?: string } = {}) {
    this.#port = port;
    this.#agent = new Agent({ ca, ...identity, keepAlive: true, maxSockets: 8 });
  }

  async send({ method = 'POST', path, headers, body }: Request): Promise<Answer> {
    const sent = requestHttps({
      host: '127.0.0.1',
      port: this.#port,
      path,
      method,
      agent: this.#agent,
      headers: headers ?? { 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(answerMs),
    });
    sent.end(body);
    return readAnswer(sent);
  }

  /** Sends an AdmissionReview to one of the two webhooks. */
  async review(path: '/mutate' | '/validate', body: string | Uint8Array): Promise<Answer> {
    return this.send({ path: `${path}?timeout=10s`, body });
  }

  /** Connections that are open, whether in use or kept alive. */
  get connections(): number {
    return [this.#agent.sockets, this.#agent.freeSockets].flatMap((pool) => Object.values(pool).flat()).length;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Asks for a page of the management port, over plain HTTP and a connection of its own. */
export async function getPage(port: number, path: string): Promise<Answer> {
  const signal = AbortSignal.timeout(answerMs);
  return readAnswer(requestHttp({ host: '127.0.0.1', port, path, agent: false, signal }).end());
}

async function readAnswer(sent: ReturnType<typeof requestHttp>): Promise<Answer> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const body = await text(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
