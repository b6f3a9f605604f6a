import type { Logger } from 'pino';
import type { CountedRequest, Metrics } from './metrics.ts';

/** What is counted and logged of a request that was answered, by its names in the log: nothing that it asked about. */
export type AnsweredRequest = CountedRequest & {
  readonly uid: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly exempt: string | undefined;
  /** How many edits its patch makes. */
  readonly edits: number;
  readonly defaultClass: string | undefined;
};

/**
 * Requests that are answered within so many milliseconds are counted and logged together: metrics and log are much code,
 * which is in the processor's caches from the second request on. One by one they took a quarter of a request's time.
 */
const togetherMs = 5;

/** Counts the requests that were answered and logs them, some at a time. */
export class AnsweredRequests {
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  #waiting: AnsweredRequest[] = [];

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
    // Before the log's own listener, so that the last lines are in what that writes.
    process.prependListener('exit', this.settle);
  }

  note(answered: AnsweredRequest): void {
    if (this.#waiting.length === 0) setTimeout(this.settle, togetherMs);
    this.#waiting.push(answered);
  }

  /** Counts and logs what waits. */
  readonly settle = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const answered of waiting) {
      this.#metrics.countRequest(answered);
      this.#log(answered);
    }
  };

  /** Nothing is noted any more. */
  end(): void {
    this.settle();
    process.off('exit', this.settle);
  }

  #log(answered: AnsweredRequest): void {
    const { decision, findings, edits, defaultClass, ms } = answered;
    const level = decision !== 'allow' || edits > 0 || defaultClass !== undefined ? 'info' : 'debug';
    if (!this.#logger.isLevelEnabled(level)) return;
    this.#logger[level]({
      ...answered,
      findings: findings.length === 0 ? undefined : findings.map(({ code }) => code),
      ms: Math.round(ms * 1000) / 1000,
    });
  }
}
