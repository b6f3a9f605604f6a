import { ServerResponse, type OutgoingHttpHeaders } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { admitLive } from '../admission/admit.ts';
import { TooManyLookUps } from '../cluster/look-ups.ts';
import { decodeAdmissionReview, MalformedReviewError, reviewOfRequest } from '../admission/decode-review.ts';
import { encodeResponse } from '../admission/encode-response.ts';
import { checkNames } from '../admission/request-names.ts';
import type { Verdict } from '../policy/evaluate.ts';
import type { Phase, Review } from '../policy/review.ts';
import type { WorldSource } from '../policy/world.ts';
import type { AnsweredRequest, AnsweredRequests } from './answered-requests.ts';
import { maxBodyBytes, type UnreadBody, type WithBody } from './incoming-body.ts';
import { answerOverloaded } from './overloaded.ts';
import type { ShedRecord } from './shed-record.ts';

export type AdmissionAppOptions = {
  readonly world: WorldSource;
  readonly answered: AnsweredRequests;
  readonly record: ShedRecord;
  readonly logger: Logger;
  /** Told of each verdict; it returns at once. */
  readonly onVerdict: OnVerdict | undefined;
};

export type OnVerdict = (review: Review, phase: Phase, verdict: Verdict) => void;

/**
 * The express application that answers AdmissionReviews: POST /mutate and POST /validate. Express finds the route and calls
 * the error hook; the load gate has collected the body before.
 */
export function createAdmissionApp(options: AdmissionAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  const phases: readonly (readonly [string, Phase])[] = [
    ['/mutate', 'mutating'],
    ['/validate', 'validating'],
  ];
  for (const [path, phase] of phases) {
    app.post(path, answer(phase, options));
    app.all(path, (_request, response) => {
      response.set('Allow', 'POST').status(405).type('text/plain').send('Only POST is answered here.\n');
    });
  }
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('Only /mutate and /validate are served here.\n');
  });
  app.use(answerError(options));
  return app;
}

/** From now on each answer ends its connection, also one to what was asked before. */
export function closeWithEachAnswer(app: Express): void {
  app.response.writeHead = function writeHead(this: Response, status: number, ...rest: readonly unknown[]) {
    this.setHeader('Connection', 'close');
    return ServerResponse.prototype.writeHead.call(this, status, ...(rest as [OutgoingHttpHeaders?])) as Response;
  };
}

const unreadAnswers: Readonly<Record<UnreadBody, readonly [number, string]>> = {
  none: [400, 'The body is empty.\n'],
  'other type': [415, 'The body must be of type application/json.\n'],
  compressed: [415, 'A compressed body is not read: send it as it is.\n'],
  'too large': [413, `The body is larger than ${maxBodyBytes} bytes.\n`],
};

function answer(phase: Phase, options: AdmissionAppOptions): RequestHandler {
  const { world, answered } = options;
  // Not async: nearly every answer is given at once.
  return (request: WithBody, response: Response) => {
    const { body = 'none', nesting, wholeAt = NaN } = request;
    if (typeof body === 'string' || body.length === 0) {
      const [status, text] = unreadAnswers[typeof body === 'string' ? body : 'none'];
      response.status(status).type('text/plain').send(text);
      return undefined;
    }
    const asked = decodeAdmissionReview(body, nesting);
    checkNames(asked);
    const now = world.current();
    if (now === undefined) {
      response.status(503).set('Retry-After', '1').type('text/plain').send('Not ready yet.\n');
      return undefined;
    }
    const review = reviewOfRequest(asked);
    const writerOf = (verdict: Verdict) => {
      const text = JSON.stringify(encodeResponse(review, verdict));
      options.onVerdict?.(review, phase, verdict);
      return () => {
        if (response.headersSent) return;
        response
          .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
          .end(text);
        answered.note(answeredRequest(phase, review, verdict, performance.now() - wholeAt));
      };
    };
    const verdict = admitLive(review, phase, now, world);
    if (!(verdict instanceof Promise)) {
      request.answer = writerOf(verdict);
      return undefined;
    }
    const later = verdict.then(writerOf);
    request.answer = later;
    // For Express to answer where it fails.
    return later.then(() => undefined);
  };
}

/** @param ms milliseconds from the last byte of the request to its answer */
function answeredRequest(
  webhook: Phase,
  { operation, namespace, request: { uid, resource, name } }: Review,
  { decision, mode, exemption, findings, edits, defaultClass }: Verdict,
  ms: number,
): AnsweredRequest {
  // In the order in which the log shows them.
  return {
    webhook,
    uid,
    operation,
    resource,
    namespace,
    name,
    decision,
    mode,
    exempt: exemption,
    findings,
    edits: edits.size,
    defaultClass,
    ms,
  };
}

/** Says what is wrong with a request, and never where in our code: no stack trace leaves the process. */
function answerError({ logger, record }: AdmissionAppOptions): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error instanceof TooManyLookUps) {
      record.note('lookUps', { reason: error.message });
      answerOverloaded(response);
    } else if (error instanceof MalformedReviewError) {
      const text = `Not an AdmissionReview that can be answered: ${error.message}.`;
      logger.debug({ status: 400, reason: text }, 'request refused');
      response.status(400).type('text/plain').send(`${text}\n`);
    } else {
      logger.error({ err: error }, 'request failed');
      response.status(500).type('text/plain').send('Internal error; the log says more.\n');
    }
  };
}
