import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { ControlPlane } from './control-plane.ts';

export type ApiAnswer = {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly text: string;
};

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** As many as a controller manager and some tools have open together; more would only make handshakes of what is slow. */
const manySockets = 128;

/** Longer than the API server itself takes before it gives up. */
const timeoutMs = 70_000;

/** The administrator with a program of her own: over connections that stay open, as controllers do. */
export class ApiClient {
  readonly #server: string;
  readonly #token: string;
  readonly #agent: Agent;

  /** @param maxSockets connections at a time */
  constructor({ server, kubeconfigPath, description }: ControlPlane, maxSockets = manySockets) {
    const { users } = parse(readFileSync(kubeconfigPath, 'utf8')) as {
      readonly users: readonly { readonly user: { readonly token: string } }[];
    };
    this.#server = server;
    this.#token = users[0]?.user.token ?? '';
    this.#agent = new Agent({ ca: description.certificateAuthority, keepAlive: true, maxSockets });
  }

  /** Sends a request. @param body for PATCH, a merge patch */
  async send(method: Method, path: string, body?: object): Promise<ApiAnswer> {
    const sent = request(`${this.#server}${path}`, {
      method,
      agent: this.#agent,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    try {
      sent.end(body === undefined ? undefined : JSON.stringify(body));
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return { status: response.statusCode ?? 0, text: await text(response) };
    } catch (error) {
      return { status: 0, text: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Sends a request that has to be taken. @throws Error with what the API server says where it refuses */
  async expect(method: Method, path: string, body?: object): Promise<string> {
    const answer = await this.send(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer.text;
    throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
  }

  /** Makes a namespace, and waits until pods can be made in it. */
  async makeNamespace(name: string): Promise<void> {
    await this.expect('POST', '/api/v1/namespaces', { metadata: { name } });
    // Another one of the API server's own plugins refuses pods before that.
    while ((await this.send('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)).status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /**
   * How often the API server itself says that it could not call a webhook, since it started.
   *
   * Source: Kubernetes metrics reference, apiserver_admission_webhook_rejection_count.
   */
  async callingWebhookErrors(): Promise<number> {
    return (await this.expect('GET', '/metrics'))
      .split('\n')
      .filter((line) => /^apiserver_admission_webhook_rejection_count\{.*calling_webhook_error/.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  close(): void {
    this.#agent.destroy();
  }
}
