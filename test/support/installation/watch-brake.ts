import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands between one replica and the API server, and can hold back what comes on the connections that are open: its watches
 * then bring nothing, while all that it asks anew is answered.
 */
export class WatchBrake {
  readonly #server: Server;
  readonly #target: URL;
  /** From the API server to the replica. */
  readonly #pairs = new Map<Socket, Socket>();
  readonly #held = new Set<Socket>();

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (client: Socket) => {
      const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
      client.pipe(upstream);
      upstream.pipe(client);
      this.#pairs.set(upstream, client);
      const end = () => {
        client.destroy();
        upstream.destroy();
        this.#pairs.delete(upstream);
        this.#held.delete(upstream);
      };
      for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    });
  }

  /** On the API server's own address, which its certificate is for. */
  static async start(apiServer: string): Promise<WatchBrake> {
    const target = new URL(apiServer);
    const server = createServer({ noDelay: true });
    server.listen(0, target.hostname);
    await once(server, 'listening');
    return new WatchBrake(server, target);
  }

  /** What the replica takes for the API server. */
  get url(): URL {
    const { port } = this.#server.address() as AddressInfo;
    return new URL(`https://${this.#target.hostname}:${port}`);
  }

  /** @returns how many connections are held back */
  hold(): number {
    for (const [upstream, client] of this.#pairs) {
      upstream.unpipe(client);
      upstream.pause();
      this.#held.add(upstream);
    }
    return this.#held.size;
  }

  release(): void {
    for (const upstream of this.#held) {
      const client = this.#pairs.get(upstream);
      if (client !== undefined) upstream.pipe(client);
    }
    this.#held.clear();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const [upstream, client] of this.#pairs) {
      upstream.destroy();
      client.destroy();
    }
    await closed;
  }
}
