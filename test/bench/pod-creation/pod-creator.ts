import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import { ApiClient } from '../../support/cluster/api-client.ts';

/** Of all creators: names are never used twice. */
let created = 0;

/** Creates pods over connections that stay open, as a controller does, and measures each creation. */
export class PodCreator {
  readonly #api: ApiClient;

  constructor(cluster: ControlPlane, workers: number) {
    this.#api = new ApiClient(cluster, workers);
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
    const pod = podOf(name, className);
    const started = performance.now();
    const { status, text } = await this.#api.send('POST', `/api/v1/namespaces/${namespace}/pods`, pod);
    if (status !== 201) throw new Error(`pod ${name} in ${namespace}: ${text}`);
    return performance.now() - started;
  }

  close(): void {
    this.#api.close();
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
