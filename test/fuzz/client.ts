import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Exchange } from './arbitrary-exchange.ts';

export type Answer = { readonly status: number; readonly body: string };

/** Sends requests over a few connections that stay open. */
export class Client {
  readonly #port: number;
  readonly #agent: Agent;

  /** @param authority the CA certificate of the server's, in PEM */
  constructor(port: number, authority: string) {
    this.#port = port;
    this.#agent = new Agent({ ca: authority, servername: 'localhost', keepAlive: true, maxSockets: 8 });
  }

  /** @throws where there is no answer: the program has ended, or hung up */
  async send({ path, method, contentType, body }: Exchange): Promise<Answer> {
    const headers = { 'Content-Type': contentType, 'Content-Length': body.length };
    const sent = request({ host: '127.0.0.1', port: this.#port, path, method, headers, agent: this.#agent });
    sent.setTimeout(10_000, () => sent.destroy(new Error(`${method} ${path} was not answered in 10 s`)));
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await text(response) };
  }

  close(): void {
    this.#agent.destroy();
  }
}
