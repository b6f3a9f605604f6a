import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { quote } from '../finding/quote.ts';

/**
 * Answers only clients whose certificate has one of these common names; TLS has verified the certificate itself.
 *
 * @param names with none, every client is answered
 */
export function onlyFrom(names: readonly string[], logger: Logger, ask: RequestListener): RequestListener {
  if (names.length === 0) return ask;
  const allowed = new Set(names);
  /** By connection: a certificate is looked at once. */
  const known = new WeakMap<Socket, boolean>();
  const isClientAllowed = (socket: Socket): boolean => {
    let answer = known.get(socket);
    if (answer === undefined) {
      const name = commonName(socket);
      answer = name !== undefined && allowed.has(name);
      known.set(socket, answer);
      if (!answer) logger.warn({ commonName: quote(name ?? '') }, 'a client with this common name is not answered');
    }
    return answer;
  };
  return (request, response) => {
    if (isClientAllowed(request.socket)) {
      ask(request, response);
      return;
    }
    const text = 'The common name of your certificate is not one that is answered here.\n';
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
