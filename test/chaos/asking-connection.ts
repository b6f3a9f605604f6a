import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

export type Answered = { readonly status: number; readonly ms: number };

/** One keep-alive connection that asks when it is told to, and takes every answer. */
export class AskingConnection {
  readonly #socket: TLSSocket;
  readonly #request: Buffer;
  readonly #onAnswer: (connection: AskingConnection, answered: Answered) => void;
  #received: Buffer = Buffer.alloc(0);
  #sentAt = 0;

  private constructor(
    socket: TLSSocket,
    request: Buffer,
    onAnswer: (connection: AskingConnection, answered: Answered) => void,
    onEnd: () => void,
  ) {
    this.#socket = socket;
    this.#request = request;
    this.#onAnswer = onAnswer;
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    socket.on('error', () => undefined).once('close', onEnd);
  }

  /** @param localAddress of the client @param onEnd called when the connection is over @throws Error where it cannot be had */
  static async open(
    {
      port,
      authority,
      localAddress = '127.0.0.1',
    }: { readonly port: number; readonly authority: string; readonly localAddress?: string },
    request: Buffer,
    onAnswer: (connection: AskingConnection, answered: Answered) => void,
    onEnd: () => void,
  ): Promise<AskingConnection> {
    const socket = connect({
      socket: connectTcp({ host: '127.0.0.1', port, localAddress }),
      ca: authority,
      servername: 'localhost',
    });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new AskingConnection(socket, request, onAnswer, onEnd);
  }

  /** Only while nothing is asked. */
  ask(): void {
    this.#sentAt = performance.now();
    this.#socket.write(this.#request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (this.#received.length < headEnd + 4 + length) return;
    this.#received = Buffer.alloc(0);
    this.#onAnswer(this, { status: Number(head.slice(9, 12)), ms: performance.now() - this.#sentAt });
  }
}
