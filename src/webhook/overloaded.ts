import type { ServerResponse } from 'node:http';

/**
 * The API server's client repeats a request that got a 429 after this many seconds, as long as the webhook's timeout allows.
 *
 * Source: k8s.io/client-go, rest/with_retry.go: Retry-After has to be an integer.
 */
const retryAfterSeconds = 1;

const text = 'Overloaded; retry in a second.\n';

/**
 * Answers 429. The connection stays open unless `isLast`: Node reads and drops what is still to come of the body, so that the
 * answer reaches a client that is still sending.
 */
export function answerOverloaded(response: ServerResponse, { isLast = false } = {}): void {
  response
    .writeHead(429, {
      'Retry-After': String(retryAfterSeconds),
      'Content-Type': 'text/plain',
      'Content-Length': text.length,
      ...(isLast && { Connection: 'close' }),
    })
    .end(text);
}
