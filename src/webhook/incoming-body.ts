import type { IncomingMessage, ServerResponse } from 'node:http';
import { NestingScan, smallBytes } from '../admission/nesting.ts';

/** Why a body is not collected: it has another type, or none; it is compressed; it is longer than `maxBodyBytes`. */
export type UnreadBody = 'other type' | 'none' | 'compressed' | 'too large';

/** A request with its body, once the load gate has collected it. */
export type WithBody = IncomingMessage & {
  body?: Buffer | UnreadBody | undefined;
  /** Why it is not parsed, and not collected any further: it is nested too much. Null where it is not. */
  nesting?: string | null;
  /** When its last byte came, by performance.now(). */
  wholeAt?: number;
  /** What the application leaves for the load gate: a function that writes the answer, or a promise of one. */
  answer?: (() => void) | Promise<() => void> | undefined;
};

/** Two objects of 3 MiB, the API server's own limit, and the envelope. */
export const maxBodyBytes = 8 * 1024 * 1024;

/** `application/json`, whatever its parameters are. */
const json = /^application\/json[\t ]*(?:;|$)/i;

/** Why a request's body is not to be collected, as its headers tell. */
export function unreadable({ headers }: IncomingMessage): UnreadBody | undefined {
  const type = headers['content-type'];
  const length = headers['content-length'];
  if (length === undefined && headers['transfer-encoding'] === undefined) return 'none';
  if (type !== 'application/json' && (type === undefined || !json.test(type))) return 'other type';
  if (length === '0') return 'none';
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return 'compressed';
  return Number(length) > maxBodyBytes ? 'too large' : undefined;
}

/** A body of JSON that has not come whole. */
export class IncomingBody {
  readonly since = performance.now();
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether its length was announced: Node's parser then takes no more and no less. */
  readonly isAnnounced: boolean;
  readonly isSmall: boolean;
  readonly #scan = new NestingScan();
  #chunks: Buffer[] = [];
  #bytes = 0;
  #nesting: string | null = null;

  /** @param smallBytes the longest that a small body is announced to be */
  constructor(request: IncomingMessage, response: ServerResponse, smallBytes: number) {
    this.request = request;
    this.response = response;
    const length = request.headers['content-length'];
    this.isAnnounced = length !== undefined;
    this.isSmall = Number(length) <= smallBytes;
  }

  /** That have come. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nothing more will come of it, or it has been answered. */
  get isGivenUp(): boolean {
    return this.request.destroyed || this.response.headersSent;
  }

  /** @returns false where it is longer than `maxBodyBytes`, or nested too much */
  add(chunk: Buffer): boolean {
    const wasSmall = this.#bytes <= smallBytes;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > smallBytes) {
      for (const piece of wasSmall ? this.#chunks : [chunk]) this.#nesting = this.#scan.take(piece) ?? null;
    }
    return this.#bytes <= maxBodyBytes && this.#nesting === null;
  }

  /** What is too much of its nesting, as far as it has come; null for nothing. */
  get nesting(): string | null {
    return this.#nesting;
  }

  /** Hands the body over. */
  whole(): Buffer {
    const chunks = this.#chunks;
    this.drop();
    const [first] = chunks;
    return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, this.#bytes);
  }

  drop(): void {
    this.#chunks = [];
  }
}
