import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerOverloaded } from './overloaded.ts';

export type ConnectionLimits = {
  /** Connections at a time: each holds some 50 KiB, whether anything was asked on it or not. */
  readonly connections: number;
  /** Connections at a time from one address. All API servers may come from one, behind a proxy. */
  readonly connectionsPerPeer: number;
};

type Connection = {
  readonly peer: string;
  /** Of TCP, below TLS. */
  readonly socket: Socket;
  /** When it was opened, or when the headers of its last request were whole: milliseconds. */
  since: number;
  /** Whether something was asked on it, and all of that is answered. */
  isIdle: boolean;
  /** What is asked on it, and nothing that is answered: bodies would stay in memory for as long as the connection does. */
  request: IncomingMessage | undefined;
  response: ServerResponse | undefined;
};

const idle = { isIdle: true, request: undefined, response: undefined };

/** What is still to be sent on a connection that has to go has so long, in milliseconds. */
const closingMs = 5_000;

/**
 * Bounds the connections of a server, all of them and those of each address. Who comes when there is no room left gets that
 * of somebody who keeps the server waiting: of the oldest request that is not whole, be it a TLS handshake, headers or a body;
 * and where there is none, of the connection on which nothing was asked for the longest time. Requests that are being
 * answered keep theirs.
 */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  readonly #onFull: (limit: keyof ConnectionLimits, open: number) => void;
  /** By address and port of the client, the oldest first. */
  readonly #open = new Map<string, Connection>();
  readonly #countOf = new Map<string, number>();
  /** By the socket on which HTTP is spoken, which may be one of TLS. */
  readonly #bySocket = new WeakMap<Socket, Connection>();

  /** @param onFull called where a connection had to go, with the limit that was met and how many are open */
  constructor(
    server: HttpServer,
    limits: ConnectionLimits,
    onFull: (limit: keyof ConnectionLimits, open: number) => void,
  ) {
    this.#limits = limits;
    this.#onFull = onFull;
    server.on('connection', (socket: Socket) => {
      this.#take(socket);
    });
    server.on('secureConnection', (socket: Socket) => {
      const connection = this.#open.get(clientOf(socket));
      if (connection !== undefined) this.#bySocket.set(socket, connection);
    });
  }

  /** Notes for each request that its headers have come, and hands it on. */
  noting(next: RequestListener): RequestListener {
    return (request, response) => {
      const connection = this.#bySocket.get(request.socket);
      if (connection !== undefined) {
        connection.since = performance.now();
        connection.isIdle = false;
        connection.request = request;
        connection.response = response;
        response.on('close', () => {
          if (connection.response === response && request.complete) Object.assign(connection, idle);
        });
      }
      next(request, response);
    };
  }

  #take(socket: Socket): void {
    const client = clientOf(socket);
    const peer = peerOf(socket.remoteAddress ?? '');
    // A port may be used again before the end of the connection that had it is known.
    const before = this.#open.get(client);
    if (before !== undefined) this.#forget(client, before);
    const connection = {
      peer,
      socket,
      since: performance.now(),
      isIdle: false,
      request: undefined,
      response: undefined,
    };
    const count = this.#countOf.get(peer) ?? 0;
    const limit = this.#limitMet(count);
    if (limit !== undefined) {
      this.#onFull(limit, this.#open.size);
      const oldest = this.#oldest(limit === 'connections' ? this.#heaviestPeer() : peer);
      if (oldest === undefined) {
        socket.destroy();
        return;
      }
      this.#end(...oldest);
    }
    this.#open.set(client, connection);
    this.#countOf.set(peer, (this.#countOf.get(peer) ?? 0) + 1);
    this.#bySocket.set(socket, connection);
    socket.once('close', () => {
      this.#forget(client, connection);
    });
  }

  #limitMet(ofPeer: number): keyof ConnectionLimits | undefined {
    if (ofPeer >= this.#limits.connectionsPerPeer) return 'connectionsPerPeer';
    return this.#open.size >= this.#limits.connections ? 'connections' : undefined;
  }

  /** Who has the most makes room: a newcomer can only push aside those who take more than others. */
  #heaviestPeer(): string {
    let heaviest = '';
    let most = 0;
    for (const [peer, count] of this.#countOf) if (count > most) [heaviest, most] = [peer, count];
    return heaviest;
  }

  #oldest(peer: string): readonly [string, Connection] | undefined {
    let unfinished: readonly [string, Connection] | undefined;
    let resting: readonly [string, Connection] | undefined;
    for (const entry of this.#open) {
      const [, connection] = entry;
      if (connection.peer !== peer) continue;
      const { request, response, since } = connection;
      if (connection.isIdle || (request?.complete === true && response?.writableEnded === true)) {
        if (resting === undefined || since < resting[1].since) resting = entry;
      } else if (request?.complete !== true) {
        if (unfinished === undefined || since < unfinished[1].since) unfinished = entry;
      }
    }
    return unfinished ?? resting;
  }

  #end(client: string, connection: Connection): void {
    this.#forget(client, connection);
    const { socket, request, response } = connection;
    if (request === undefined || request.complete || response === undefined || response.headersSent) {
      socket.destroy();
      return;
    }
    // Also where what was answered before is never read.
    request.socket.setTimeout(closingMs);
    answerOverloaded(response, { isLast: true });
  }

  #forget(client: string, connection: Connection): void {
    if (this.#open.get(client) !== connection) return;
    this.#open.delete(client);
    const { peer } = connection;
    const left = (this.#countOf.get(peer) ?? 1) - 1;
    if (left === 0) this.#countOf.delete(peer);
    else this.#countOf.set(peer, left);
  }
}

/** An address; of IPv6 the network of 64 bits, of which one host may have all. */
function peerOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::');
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groupsOf(head);
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - groupsOf(tail).length) }, () => '0');
  return [...left, ...zeros, ...groupsOf(tail)].slice(0, 4).join(':');
}

function clientOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
