import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { ControlPlane } from '../cluster/control-plane.ts';

export type RawAnswer = { readonly status: number; readonly body: string };

type Kubeconfig = { readonly users: readonly { readonly user: { readonly token: string } }[] };

/** The API server without kubectl: for requests that kubectl does not make, and for many of them. */
export class RawApi {
  readonly #server: string;
  readonly #token: string;
  readonly #agent: Agent;

  /** As the administrator. */
  constructor({ server, kubeconfigPath, description }: ControlPlane) {
    const { users } = parse(readFileSync(kubeconfigPath, 'utf8')) as Kubeconfig;
    this.#server = server;
    this.#token = users[0]?.user.token ?? '';
    this.#agent = new Agent({ ca: description.certificateAuthority, keepAlive: true });
  }

  async send(method: string, path: string, body?: object): Promise<RawAnswer> {
    const headers = { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' };
    const sent = request(`${this.#server}${path}`, { method, agent: this.#agent, headers });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await text(response) };
  }

  close(): void {
    this.#agent.destroy();
  }
}
