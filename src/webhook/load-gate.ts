import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { IncomingBody, unreadable, type WithBody } from './incoming-body.ts';
import { answerOverloaded } from './overloaded.ts';
import { PacedReading } from './paced-reading.ts';
import { PatientLane } from './patient-lane.ts';
import type { ShedRecord } from './shed-record.ts';
import { Turn, writeAnswer, type Asked } from './turn.ts';

/** What one replica takes on. It sheds what comes beyond it, before memory or waiting time grow. */
export type LoadLimits = {
  /** Requests that are whole and not answered: they wait for a live look-up. */
  readonly requests: number;
  /** Bytes of bodies that are held, whole or not. */
  readonly bodyBytes: number;
  /**
   * Milliseconds of work in one turn of the event loop. All that waits for an answer is in the turn that is going on, or in
   * the next one, so that this bounds how long a client waits for an answer.
   */
  readonly turnMs: number;
  /** Milliseconds from the headers to the last byte of a body that is announced small: it fits into what TCP sends at once. */
  readonly smallBodyMs: number;
};

/** A body that is announced to be no longer than this is small: nearly all are. */
const smallBytes = 32 * 1024;

/** A body that is longer than this takes milliseconds to parse, and others wait meanwhile. */
const largeBytes = 256 * 1024;

/** Of what bodies may hold, large ones may have so much: no ordinary request is shed for their sake. */
const largeShare = 3 / 4;

/** To receive a mebibyte takes some 3 ms of processor time: large bodies, and what nobody reads, have a tenth of it. */
const largeBytesPerSecond = 32 * 1024 * 1024;

/** How often bodies that have not come whole are looked at, in milliseconds. */
const sweepMs = 250;

/**
 * Stands before the application: collects the body of each request, sheds what is too much, and hands on what is left. A
 * request that is shed costs next to nothing.
 *
 * Clients may begin as many requests as they have connections. A request counts when it is whole; of the others only the
 * bytes count that have come, and where those of all are too many, the oldest gives way.
 */
export class LoadGate {
  readonly #limits: LoadLimits;
  readonly #record: ShedRecord;
  readonly #largeLane = new PatientLane();
  readonly #largeReading = new PacedReading(largeBytesPerSecond);
  /** Bodies that have not come whole, the oldest first. */
  readonly #incoming = new Set<IncomingBody>();
  readonly #turn: Turn;
  #requests = 0;
  #bodyBytes = 0;
  /** Those of large bodies among them. */
  #largeBytes = 0;
  #isSweeping = false;

  constructor(limits: LoadLimits, record: ShedRecord) {
    this.#limits = limits;
    this.#record = record;
    this.#turn = new Turn(limits.turnMs, (asked) => {
      this.#answer(asked);
    });
  }

  /**
   * Hands a request on to the application with its body, or answers it with 429 or 408. The application reads the body before it
   * returns, and answers by then, or leaves the answer with the request.
   */
  guard(ask: RequestListener): RequestListener {
    return (request: WithBody, response) => {
      if (this.#turn.isTooLong()) {
        this.#shed('turnMs', response);
        return;
      }
      const reason = unreadable(request);
      if (reason === undefined) {
        this.#collect(request, response, ask);
      } else {
        request.body = reason;
        this.#readRest(request);
        this.#answerNow({ request, response, bytes: 0, ask });
      }
    };
  }

  #collect(request: WithBody, response: ServerResponse, ask: RequestListener): void {
    const body = new IncomingBody(request, response, smallBytes);
    this.#incoming.add(body);
    if (!this.#isSweeping) this.#sweepSoon();
    request.on('data', (chunk: Buffer) => {
      if (!this.#incoming.has(body)) {
        // How much more is to come of a body that was not announced, nobody knows.
        if (!body.isAnnounced && response.statusCode === 429) request.destroy();
        else this.#largeReading.read(request, chunk.length);
        return;
      }
      const before = body.bytes;
      const mayGrow = body.add(chunk);
      this.#hold(body.bytes, before);
      if (!mayGrow) {
        request.nesting = body.nesting;
        request.body = body.nesting === null ? 'too large' : chunk;
        this.#forget(body);
        this.#answerNow({ request, response, bytes: 0, ask });
        return;
      }
      if (body.bytes > largeBytes) {
        this.#largeReading.read(request, chunk.length);
        this.#makeRoom(largeBytes + 1, () => this.#largeBytes > largeShare * this.#limits.bodyBytes);
      }
      this.#makeRoom(1, () => this.#bodyBytes > this.#limits.bodyBytes);
    });
    request.on('end', () => {
      if (!this.#incoming.delete(body)) return;
      request.body = body.whole();
      request.nesting = null;
      request.wholeAt = performance.now();
      const asked = { request, response, bytes: body.bytes, ask };
      if (body.bytes <= largeBytes) {
        this.#turn.add(asked);
        return;
      }
      // Nobody who came before waits for it.
      this.answerWaiting();
      this.#largeLane.do(() => {
        this.#answerNow(asked);
      });
    });
  }

  /** Answers at once those that came whole in this turn and wait for its end. */
  answerWaiting(): void {
    this.#turn.answerWaiting();
  }

  /** Has the rest of a body that is answered unread pass by slowly: Node would read it as fast as it can. */
  #readRest(request: IncomingMessage): void {
    request.on('data', (chunk: Buffer) => {
      this.#largeReading.read(request, chunk.length);
    });
  }

  #answerNow(asked: Asked): void {
    this.#answer(asked);
    writeAnswer(asked.request);
  }

  /** Has a request judged, or sheds it. */
  #answer({ request, response, bytes, ask }: Asked): void {
    // A connection that has to go has what is asked on it answered with 429, whatever still comes of that.
    if (!request.socket.destroyed && !response.headersSent) {
      if (this.#requests >= this.#limits.requests) {
        this.#shed('requests', response);
      } else {
        this.#record.answer();
        ask(request, response);
      }
    }
    // However long its client takes to read the answer.
    request.body = undefined;
    const { answer } = request;
    if (!(answer instanceof Promise)) {
      this.#hold(0, bytes);
      return;
    }
    this.#requests++;
    const write = (known: () => void) => {
      known();
    };
    // Where it fails, Express answers.
    const pass = () => undefined;
    void answer.then(write, pass).finally(() => {
      this.#requests--;
      this.#hold(0, bytes);
    });
  }

  /** Counts that a body holds so many bytes where it held others before. */
  #hold(bytes: number, before: number): void {
    this.#bodyBytes += bytes - before;
    this.#largeBytes += (bytes > largeBytes ? bytes : 0) - (before > largeBytes ? before : 0);
  }

  /** Has the oldest bodies give way that have not come whole. @param least how long such a body is at least */
  #makeRoom(least: number, isTooMuch: () => boolean): void {
    for (const body of this.#incoming) {
      if (!isTooMuch()) return;
      if (body.bytes < least) continue;
      this.#forget(body);
      if (body.response.headersSent) continue;
      // Who sends half a body and no more must not make the replica unready: it still answers everyone else.
      answerOverloaded(body.response);
      this.#record.note('bodyBytes', this.#held());
    }
  }

  /** One timer for all bodies, and none while there are none: a timer for each would cost more than to collect it. */
  #sweepSoon(): void {
    this.#isSweeping = true;
    setTimeout(this.#endOverdue, sweepMs).unref();
  }

  readonly #endOverdue = (): void => {
    const now = performance.now();
    for (const body of this.#incoming) {
      if (body.isGivenUp) {
        this.#forget(body);
      } else if (body.isSmall && now - body.since > this.#limits.smallBodyMs) {
        this.#forget(body);
        this.#record.note('smallBodyMs', this.#held());
        body.response.writeHead(408, { Connection: 'close', 'Content-Length': 0 }).end();
      }
    }
    this.#isSweeping = false;
    if (this.#incoming.size > 0) this.#sweepSoon();
  };

  #forget(body: IncomingBody): void {
    this.#incoming.delete(body);
    this.#hold(0, body.bytes);
    body.drop();
  }

  #shed(limit: 'requests' | 'turnMs', response: ServerResponse): void {
    answerOverloaded(response);
    this.#record.shedRequest(limit, this.#held());
  }

  #held(): { readonly requests: number; readonly bodyBytes: number } {
    return { requests: this.#requests, bodyBytes: this.#bodyBytes };
  }
}
