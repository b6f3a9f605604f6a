import type { ApiClient } from './api-client.ts';
import { pod } from './manifests.ts';

/** A creation that the API server did not answer with success. */
export type FailedCreation = {
  /** Milliseconds since the load began. */
  readonly atMs: number;
  /** Whether it is the webhook's: it could not be called, or it said no to a pod that nothing is wrong with. */
  readonly isWebhooks: boolean;
  readonly text: string;
};

export type LoadReport = {
  readonly creations: number;
  readonly failures: readonly FailedCreation[];
  /** Of the creations that succeeded, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
};

export type LoadOptions = { readonly namespace: string; readonly className: string; readonly perSecond: number };

/**
 * Pods that are created at a steady rate, whether the ones before are answered or not: as many people do who do not know of
 * each other. A closed loop would ask less just when something is slow.
 */
export class PodLoad {
  readonly #client: ApiClient;
  readonly #options: LoadOptions;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  readonly #latencies: number[] = [];
  readonly #failures: FailedCreation[] = [];
  #started = 0;

  private constructor(client: ApiClient, options: LoadOptions) {
    this.#client = client;
    this.#options = options;
    this.#timer = setInterval(() => {
      // A timer that came late is made up for.
      const due = ((performance.now() - this.#began) / 1000) * options.perSecond;
      while (this.#started < due) this.#start();
    }, 1000 / options.perSecond);
  }

  /** Creates pods while a scenario runs. @returns what became of them @throws what the scenario throws */
  static async during(client: ApiClient, options: LoadOptions, scenario: (load: PodLoad) => Promise<void>) {
    const load = new PodLoad(client, options);
    try {
      await scenario(load);
    } finally {
      clearInterval(load.#timer);
      await Promise.all(load.#open);
    }
    return load.#report();
  }

  /** Milliseconds since the load began. */
  get elapsedMs(): number {
    return performance.now() - this.#began;
  }

  /** Creations that succeeded so far. */
  get succeeded(): number {
    return this.#latencies.length;
  }

  #start(): void {
    const { namespace, className } = this.#options;
    const name = `load-${++this.#started}`;
    const atMs = this.elapsedMs;
    const creation = this.#client
      .send('POST', `/api/v1/namespaces/${namespace}/pods`, pod(name, { runtimeClassName: className }))
      .then(({ status, text }) => {
        if (status === 201) this.#latencies.push(this.elapsedMs - atMs);
        else this.#failures.push({ atMs, isWebhooks: isWebhooks(text), text: `${status} ${text.slice(0, 600)}` });
      })
      .finally(() => this.#open.delete(creation));
    this.#open.add(creation);
  }

  #report(): LoadReport {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { creations: this.#started, failures: this.#failures, p50: at(0.5), p99: at(0.99), worst: at(1) };
  }
}

function isWebhooks(text: string): boolean {
  return /failed calling webhook|admission webhook .* denied the request/.test(text);
}
