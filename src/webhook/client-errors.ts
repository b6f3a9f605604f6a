import { STATUS_CODES, type Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';

/** What is still to be sent has so long, in milliseconds, without anything of it going out. */
const closingMs = 5_000;

/**
 * Answers what is no request, or does not become one in time, and closes its connection.
 *
 * A connection on which nothing has been sent yet is left open instead. Node counts the time for headers from its opening,
 * but Go's HTTP client, and with it the API server, opens connections ahead: of two that are being opened for one request it
 * keeps the second for a later one. A request that meets a 408 on its way is lost, as the API server does not repeat a POST.
 *
 * Source: Go's net/http, Transport.dialConnFor and Transport.putOrCloseIdleConn.
 *
 * @param keepAliveMs milliseconds after which such a connection is closed, as one that is idle after an answer is
 */
export function answerClientErrors(server: HttpServer, keepAliveMs: number): void {
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket: Socket) => {
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) {
      socket.setTimeout(keepAliveMs);
      return;
    }
    const status = statusOf(code);
    if (status === undefined) {
      socket.destroy();
      return;
    }
    // Also where what was answered before is never read.
    socket.setTimeout(closingMs);
    if (socket.writable) socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    socket.destroySoon();
  });
}

/** As Node answers where nobody listens. @returns undefined where no HTTP is spoken: TLS failed, or the connection broke */
function statusOf(code = ''): number | undefined {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413;
    case 'HPE_HEADER_OVERFLOW':
      return 431;
    default:
      return code.startsWith('HPE_') ? 400 : undefined;
  }
}
