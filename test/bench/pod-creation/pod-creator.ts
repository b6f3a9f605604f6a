import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

/** The API server, and who asks it. */
export type Api = { readonly server: string; readonly certificateAuthority: string; readonly token: string };

/** Of all creators: names are never used twice. */
let created = 0;

/** Creates pods over connections that stay open, as a controller does, and measures each creation. */
export class PodCreator {
  readonly #api: Api;
  readonly #agent: Agent;

  constructor(api: Api, workers: number) {
    this.#api = api;
    this.#agent = new Agent({ ca: api.certificateAuthority, keepAlive: true, maxSockets: workers });
  }

  /**
   * Creates one pod.
   *
   * @param className undefined for a pod without a class
   * @returns milliseconds from the request to the end of its answer
   * @throws Error where the API server refuses it
   */
  async create(namespace: string, className: string | undefined): Promise<number> {
    const name = `bench-${++created}`;
    const body = JSON.stringify(podOf(name, className));
    const started = performance.now();
    const sent = request(`${this.#api.server}/api/v1/namespaces/${namespace}/pods`, {
      method: 'POST',
      agent: this.#agent,
      headers: { Authorization: `Bearer ${this.#api.token}`, 'Content-Type': 'application/json' },
    });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode !== 201) throw new Error(`pod ${name} in ${namespace}: ${answer}`);
    return performance.now() - started;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** A pod as people write them: two containers, environment, resources, probes. */
function podOf(name: string, className: string | undefined): object {
  const container = (containerName: string) => ({
    name: containerName,
    image: `registry.example/team/${containerName}:1.2.3`,
    env: Array.from({ length: 8 }, (_, index) => ({ name: `SETTING_${index}`, value: `value of setting ${index}` })),
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'web', team: 'payments' }, annotations: { 'example.com/owner': 'payments' } },
    spec: {
      ...(className !== undefined && { runtimeClassName: className }),
      containers: [container('main'), { ...container('sidecar'), ports: [], readinessProbe: undefined }],
    },
  };
}
