import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { Endpoint } from './identities.ts';

export type ApiAnswer = {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly text: string;
  /** The texts of its Warning headers. */
  readonly warnings: readonly string[];
};

/** What a cluster says of the way to its API server, and of its administrator. */
export type ApiAccess = {
  readonly server: string;
  readonly kubeconfigPath: string;
  readonly description: Endpoint;
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
  constructor({ server, kubeconfigPath, description }: ApiAccess, maxSockets = manySockets) {
    const { users } = parse(readFileSync(kubeconfigPath, 'utf8')) as {
      readonly users: readonly { readonly user: { readonly token: string } }[];
    };
    this.#server = server;
    this.#token = users[0]?.user.token ?? '';
    this.#agent = new Agent({ ca: description.certificateAuthority, keepAlive: true, maxSockets });
  }

  /** Sends a request. @param body for PATCH, a merge patch */
  async send(method: Method, path: string, body?: object, accept = 'application/json'): Promise<ApiAnswer> {
    const content = body === undefined ? '' : JSON.stringify(body);
    const sent = request(`${this.#server}${path}`, {
      method,
      agent: this.#agent,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        Accept: accept,
        // Node.js says nothing of the length of a DELETE's body by itself, and the next request would begin in it.
        'Content-Length': Buffer.byteLength(content),
        'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    try {
      sent.end(content);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      const warnings = (response.headersDistinct['warning'] ?? []).map(warningText);
      return { status: response.statusCode ?? 0, text: await text(response), warnings };
    } catch (error) {
      return { status: 0, text: error instanceof Error ? error.message : String(error), warnings: [] };
    }
  }

  /** Sends a request that has to be taken. @throws Error with what the API server says where it refuses */
  async expect(method: Method, path: string, body?: object, accept?: string): Promise<string> {
    const answer = await this.send(method, path, body, accept);
    if (answer.status >= 200 && answer.status < 300) return answer.text;
    throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
  }

  /** Reads something in another form than the usual one. @throws Error with what the API server says where it refuses */
  async read(path: string, accept: string): Promise<string> {
    return this.expect('GET', path, undefined, accept);
  }

  /** Makes a namespace, and waits until pods can be made in it. */
  async makeNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.expect('POST', '/api/v1/namespaces', { metadata: { name, labels } });
    // Another one of the API server's own plugins refuses pods before that.
    while ((await this.send('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)).status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Asks for the token that a kubelet would give a pod of the ServiceAccount. */
  async createToken(namespace: string, serviceAccount: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const { status } = JSON.parse(await this.expect('POST', path, { spec: {} })) as {
      readonly status: { readonly token: string };
    };
    return status.token;
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

/** The text of a header such as `299 - "text"`. Source: RFC 7234, section 5.5. */
function warningText(header: string): string {
  const quoted = /^\d{3} \S+ "(.*)"$/s.exec(header)?.[1];
  return (quoted ?? header).replaceAll(/\\(.)/g, '$1');
}
