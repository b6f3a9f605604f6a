import type { Logger } from 'pino';
import type { ReadinessCheck } from '../follow/follower.ts';
import type { Metrics, ShedLimit } from './metrics.ts';

/** One line of the log tells of all that was shed in so many milliseconds. */
const logMs = 10_000;

/** For so long, in milliseconds, every request has to have been shed until the replica says that it is not ready. */
const onlyShedMs = 2_000;

/** It says so until so many milliseconds after the last one: nobody asks a replica that is not ready. */
const quietMs = 5_000;

/** Counts what was shed, logs it, and knows whether anything else is done at all. */
export class ShedRecord {
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  #shed = 0;
  #loggedAt = -Infinity;
  /** When the first request was shed after the last one that was answered. */
  #onlyShedSince: number | undefined;
  #shedAt = -Infinity;

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  readonly check: ReadinessCheck = {
    name: 'load',
    failure: () => {
      const since = this.#onlyShedSince;
      const now = performance.now();
      if (since === undefined || this.#shedAt - since < onlyShedMs || now - this.#shedAt > quietMs) return undefined;
      return `every request of the last ${Math.round((now - since) / 1000)} s was answered with 429`;
    },
  };

  /** Notes a request that was answered with 429 though it was whole. */
  shedRequest(limit: ShedLimit, details: object): void {
    this.#shedAt = performance.now();
    this.#onlyShedSince ??= this.#shedAt;
    this.note(limit, details);
  }

  /** Notes a request that is answered. */
  answer(): void {
    this.#onlyShedSince = undefined;
  }

  /** Counts something that was shed. @param details for the log */
  note(limit: ShedLimit, details: object): void {
    this.#metrics.countShed(limit);
    this.#shed++;
    const now = performance.now();
    if (now - this.#loggedAt < logMs) return;
    this.#logger.warn({ limit, shed: this.#shed, ...details }, 'overloaded: shedding requests with 429');
    this.#loggedAt = now;
    this.#shed = 0;
  }
}
