import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { quote } from '../finding/quote.ts';
import type { Step } from './pipeline.ts';

/**
 * Answers only clients whose certificate has one of these common names; TLS has verified the certificate itself.
 *
 * @param names with none, every client is answered
 */
export function onlyFrom(names: readonly string[], logger: Logger): Step {
  if (names.length === 0) return (next) => next;
  const allowed = new Set(names);
  /** By connection: a certificate is looked at once. */
  const known = new WeakMap<Socket, boolean>();
  const isClientAllowed = (socket: Socket): boolean => {
    let answer = known.get(socket);
    if (answer === undefined) {
      const name = commonName(socket);
      answer = name !== undefined && allowed.has(name);
      known.set(socket, answer);
      if (!answer) logger.warn({ commonName: quote(name ?? '') }, 'client certificate common name is not allowed');
    }
    return answer;
  };
  return (next) => (request, response) => {
    if (isClientAllowed(request.socket)) {
      next(request, response);
      return;
    }
    const text = 'Client certificate common name is not allowed.\n';
    response
      .writeHead(403, { 'Content-Type': 'text/plain', 'Content-Length': text.length, Connection: 'close' })
      .end(text);
  };
}

/** Undefined where there is none, or more than one. */
function commonName(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const name: unknown = socket.getPeerX509Certificate()?.toLegacyObject().subject.CN;
  return typeof name === 'string' ? name : undefined;
}
