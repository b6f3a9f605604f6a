import express, { type Express, type Response } from 'express';
import type { AnsweredRequests } from './answered-requests.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

/** The express application for kubelet and Prometheus: /livez, /readyz (with ?verbose as in Kubernetes) and /metrics. */
export function createManagementApp(readiness: Readiness, metrics: Metrics, answered: AnsweredRequests): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request, response, next) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (length === '0' && encoding === undefined) {
      next();
      return;
    }
    response.set('Connection', 'close');
    sendText(response, 413, 'No body is read here.');
  });
  app.get('/livez', (_request, response) => {
    sendText(response, 200, 'ok');
  });
  app.get('/readyz', (request, response) => {
    const results = readiness.results();
    const isReady = results.every(({ reason }) => reason === undefined);
    const lines = results.map(({ name, reason, more }) => {
      if (reason !== undefined) return `[-]${name} failed: ${reason}`;
      return more === undefined ? `[+]${name} ok` : `[+]${name} ok (${more})`;
    });
    const isVerbose = request.query['verbose'] !== undefined || !isReady;
    sendText(
      response,
      isReady ? 200 : 503,
      isVerbose ? [...lines, `readyz check ${isReady ? 'passed' : 'failed'}`].join('\n') : 'ok',
    );
  });
  app.get('/metrics', async (_request, response) => {
    answered.settle();
    response.set('Content-Type', metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  app.use((_request, response) => {
    sendText(response, 404, 'Only /livez, /readyz and /metrics are served here.');
  });
  return app;
}

function sendText(response: Response, status: number, text: string): void {
  response.status(status).type('text/plain').set('Cache-Control', 'no-store').send(`${text}\n`);
}
