import type { RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

/** What one replica takes on. What comes beyond it is told to come again, before memory or waiting time grow with it. */
export type LoadLimits = {
  /** Requests that have begun and are not answered: they wait for the rest of their body, or for a live look-up. */
  readonly requests: number;
  /** Bytes of their bodies that are held. */
  readonly bodyBytes: number;
  /**
   * Milliseconds of work in one turn of the event loop. All that waits for an answer is in the turn that is going on, or in
   * the next one, so that this bounds how long an answer is waited for.
   */
  readonly turnMs: number;
};

/** Which limit was met. */
export type Shed = keyof LoadLimits;

/**
 * The API server's client takes up a 429 again after this many seconds, as long as the webhook's timeout allows.
 *
 * Source: k8s.io/client-go, rest/with_retry.go: Retry-After has to be an integer.
 */
const retryAfterSeconds = 1;

/** A body that is announced to be no longer than this counts from the beginning: nearly all are, and need not be followed. */
const smallBytes = 32 * 1024;

/** One line of the log tells of all that was shed in so many milliseconds. */
const logMs = 10_000;

/** Stands before the application, so that a request which is told to come again costs next to nothing. */
export class LoadGate {
  readonly #limits: LoadLimits;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  #requests = 0;
  #bodyBytes = 0;
  #turnEnds: number | undefined;
  #shed = 0;
  #loggedAt = -Infinity;
  readonly #endTurn = () => {
    this.#turnEnds = undefined;
  };

  constructor(limits: LoadLimits, metrics: Metrics, logger: Logger) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#logger = logger;
  }

  /** Hands a request on to the application, or answers it with 429. */
  guard(ask: RequestListener): RequestListener {
    return (request, response) => {
      const announced = Number(request.headers['content-length']);
      const isSmall = announced <= smallBytes;
      let held = isSmall ? announced : 0;
      const limit = this.#exceeded(held);
      if (limit !== undefined) {
        this.#refuse(limit, response);
        return;
      }
      this.#requests++;
      this.#bodyBytes += held;
      // Of others only what has come counts: who announces much may never send it.
      if (!isSmall) {
        request.on('data', (chunk: Buffer) => {
          if (response.headersSent) return;
          held += chunk.length;
          this.#bodyBytes += chunk.length;
          if (this.#bodyBytes > this.#limits.bodyBytes) this.#refuse('bodyBytes', response);
        });
      }
      response.on('close', () => {
        this.#requests--;
        this.#bodyBytes -= held;
      });
      ask(request, response);
    };
  }

  /** @param bytes of a request that is to be taken on */
  #exceeded(bytes: number): Shed | undefined {
    const { requests, bodyBytes, turnMs } = this.#limits;
    const now = performance.now();
    if (this.#turnEnds === undefined) {
      this.#turnEnds = now + turnMs;
      setImmediate(this.#endTurn);
    } else if (now > this.#turnEnds) {
      return 'turnMs';
    }
    if (this.#requests >= requests) return 'requests';
    return this.#bodyBytes + bytes >= bodyBytes ? 'bodyBytes' : undefined;
  }

  /** The connection stays: what is still to come of the body is read and dropped, so that the answer reaches the client. */
  #refuse(limit: Shed, response: ServerResponse): void {
    const text = 'Too much is asked at once; come again in a second.\n';
    response
      .writeHead(429, {
        'Retry-After': String(retryAfterSeconds),
        'Content-Type': 'text/plain',
        'Content-Length': text.length,
      })
      .end(text);
    this.note(limit);
  }

  /** Counts something that was turned away. */
  note(limit: Shed | 'connections'): void {
    this.#metrics.countShed(limit);
    this.#shed++;
    const now = performance.now();
    if (now - this.#loggedAt < logMs) return;
    const { requests, bodyBytes } = { requests: this.#requests, bodyBytes: this.#bodyBytes };
    this.#logger.warn({ limit, shed: this.#shed, requests, bodyBytes }, 'overloaded: what is too much is sent back');
    this.#loggedAt = now;
    this.#shed = 0;
  }
}
