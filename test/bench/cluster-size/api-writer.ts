import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { ControlPlane } from '../../e2e/cluster/control-plane.ts';

const workers = 16;

/** Writes many objects to an API server, over a few connections that stay open. */
export class ApiWriter {
  readonly #server: string;
  readonly #token: string;
  readonly #agent: Agent;

  /** As the administrator. */
  constructor({ server, kubeconfigPath, description }: ControlPlane) {
    const { users } = parse(readFileSync(kubeconfigPath, 'utf8')) as {
      readonly users: readonly { readonly user: { readonly token: string } }[];
    };
    this.#server = server;
    this.#token = users[0]?.user.token ?? '';
    this.#agent = new Agent({ ca: description.certificateAuthority, keepAlive: true, maxSockets: workers });
  }

  /** Does something once for each number below a count, several at a time. */
  async forEach(count: number, write: (index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const work = async () => {
      while (next < count) await write(next++);
    };
    await Promise.all(Array.from({ length: workers }, work));
  }

  /** @throws Error with the API server's answer where it refuses */
  async send(method: 'POST' | 'PATCH', path: string, body: object): Promise<void> {
    const type = method === 'POST' ? 'application/json' : 'application/merge-patch+json';
    const sent = request(`${this.#server}${path}`, {
      method,
      agent: this.#agent,
      headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': type },
    });
    sent.end(JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const answer = await text(response);
    if ((response.statusCode ?? 0) >= 300) throw new Error(`${method} ${path}: ${answer.slice(0, 500)}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}
