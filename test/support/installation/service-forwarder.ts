import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Where a Service's connections go at the moment. */
export type Endpoint = { readonly address: string; readonly port: number };

/**
 * A Service: what arrives at its address and port goes on to one of its endpoints, byte by byte. It stands where
 * kube-proxy stands on a node; like kube-proxy it breaks no connection when endpoints change.
 */
export class ServiceForwarder {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #endpoints: () => readonly Endpoint[];
  #next = 0;

  private constructor(endpoints: () => readonly Endpoint[]) {
    this.#endpoints = endpoints;
    this.#server = createServer({ noDelay: true }, (client) => {
      this.#forward(client);
    });
  }

  /** @param endpoints asked for each connection; where there is none, the connection is refused */
  static async start(address: string, port: number, endpoints: () => readonly Endpoint[]): Promise<ServiceForwarder> {
    const forwarder = new ServiceForwarder(endpoints);
    forwarder.#server.listen(port, address);
    await once(forwarder.#server, 'listening');
    return forwarder;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #forward(client: Socket): void {
    const endpoints = this.#endpoints();
    const endpoint = endpoints[this.#next++ % Math.max(1, endpoints.length)];
    if (endpoint === undefined) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: endpoint.address, port: endpoint.port, noDelay: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
