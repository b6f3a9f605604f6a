import { ServerResponse, type OutgoingHttpHeaders } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { admitLive } from '../admission/admit.ts';
import { decodeAdmissionReview, MalformedReviewError, reviewOfRequest } from '../admission/decode-review.ts';
import { encodeResponse } from '../admission/encode-response.ts';
import type { Verdict } from '../policy/evaluate.ts';
import type { Phase, Review } from '../policy/review.ts';
import type { WorldSource } from '../policy/world.ts';
import type { Metrics } from './metrics.ts';
import { readBody } from './read-body.ts';

export type AdmissionAppOptions = {
  readonly world: WorldSource;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

/** Two objects of 3 MiB, the API server's own limit, and the envelope. */
const maxBodyBytes = 8 * 1024 * 1024;

/** The express application that answers AdmissionReviews: POST /mutate and POST /validate. */
export function createAdmissionApp(options: AdmissionAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  const body = readBody(maxBodyBytes);
  const phases: readonly (readonly [string, Phase])[] = [
    ['/mutate', 'mutating'],
    ['/validate', 'validating'],
  ];
  for (const [path, phase] of phases) {
    app.post(path, body, answer(phase, options));
    app.all(path, (_request, response) => {
      response.set('Allow', 'POST').status(405).type('text/plain').send('Only POST is answered here.\n');
    });
  }
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('Only /mutate and /validate are served here.\n');
  });
  app.use(answerError(options.logger));
  return app;
}

/** From now on each answer ends its connection, also one to what was asked before. */
export function closeWithEachAnswer(app: Express): void {
  app.response.writeHead = function writeHead(this: Response, status: number, ...rest: readonly unknown[]) {
    this.setHeader('Connection', 'close');
    return ServerResponse.prototype.writeHead.call(this, status, ...(rest as [OutgoingHttpHeaders?])) as Response;
  };
}

function answer(phase: Phase, options: AdmissionAppOptions): RequestHandler {
  const { world } = options;
  // Not async: nearly every answer is given at once.
  return (request, response) => {
    const started = performance.now();
    const body: unknown = request.body;
    if (!Buffer.isBuffer(body) || body.length === 0) {
      const isTyped = request.is('application/json') !== false;
      const text = isTyped ? 'The body is empty.\n' : 'The body must be of type application/json.\n';
      response
        .status(isTyped ? 400 : 415)
        .type('text/plain')
        .send(text);
      return undefined;
    }
    const asked = decodeAdmissionReview(body);
    const now = world.current();
    if (now === undefined) {
      response.status(503).set('Retry-After', '1').type('text/plain').send('Not ready yet.\n');
      return undefined;
    }
    const review = reviewOfRequest(asked);
    const send = (verdict: Verdict) => {
      const text = JSON.stringify(encodeResponse(review, verdict));
      response
        .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
        .end(text);
      record(phase, review, verdict, performance.now() - started, options);
    };
    const verdict = admitLive(review, phase, now, world);
    if (verdict instanceof Promise) return verdict.then(send);
    send(verdict);
    return undefined;
  };
}

/** @param ms milliseconds from the last byte of the request to its answer */
function record(
  phase: Phase,
  { operation, namespace, request: { uid, resource, name } }: Review,
  { decision, mode, exemption, findings, edits, defaultClass }: Verdict,
  ms: number,
  { metrics, logger }: AdmissionAppOptions,
): void {
  metrics.countRequest({
    phase,
    operation,
    resource,
    decision,
    mode,
    findings,
    seconds: ms / 1000,
  });
  const level = decision !== 'allow' || edits.size > 0 || defaultClass !== undefined ? 'info' : 'debug';
  if (!logger.isLevelEnabled(level)) return;
  logger[level]({
    webhook: phase,
    uid,
    operation,
    resource,
    namespace,
    name,
    decision,
    mode,
    exempt: exemption,
    findings: findings.length === 0 ? undefined : findings.map(({ code }) => code),
    edits: edits.size,
    defaultClass,
    ms: Math.round(ms * 1000) / 1000,
  });
}

/** Says what is wrong with a request, and never where in our code: no stack trace leaves the process. */
function answerError(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, text } = describe(error);
    if (status >= 500) logger.error({ err: error }, 'request failed');
    else logger.debug({ status, reason: text }, 'request refused');
    response.status(status).type('text/plain').send(`${text}\n`);
  };
}

function describe(error: unknown): { readonly status: number; readonly text: string } {
  if (error instanceof MalformedReviewError) {
    return { status: 400, text: `Not an AdmissionReview that can be answered: ${error.message}.` };
  }
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  switch (status) {
    case 413:
      return { status, text: `The body is larger than ${maxBodyBytes} bytes.` };
    case 415:
      return { status, text: 'A compressed body is not read: send it as it is.' };
    case 400:
      return { status, text: 'The body ended too early.' };
    default:
      return { status: 500, text: 'Internal error; the log says more.' };
  }
}
