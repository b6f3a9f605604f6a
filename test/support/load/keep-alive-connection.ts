import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

export type Target = {
  readonly port: number;
  readonly path: string;
  /** The authority that signed the server's certificate, in PEM. */
  readonly authority: string;
};

/**
 * One keep-alive connection that sends the same request again and again while it is started, each as soon as the one before is
 * answered. It knows as little of HTTP as will do, so that the load costs far less than the server.
 */
export class KeepAliveConnection {
  readonly #socket: TLSSocket;
  readonly #request: Buffer;
  readonly #onAnswer: (body: Buffer, ms: number) => void;
  #received: Buffer = Buffer.alloc(0);
  #sentAt = 0;
  /** Called once what is on its way is answered, after which nothing more is sent. */
  #onPause: (() => void) | undefined;

  private constructor(socket: TLSSocket, request: Buffer, onAnswer: (body: Buffer, ms: number) => void) {
    this.#socket = socket;
    this.#request = request;
    this.#onAnswer = onAnswer;
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    socket.on('error', (error) => {
      throw error;
    });
    socket.on('close', () => {
      throw new Error('the server closed a connection');
    });
  }

  static async open(
    { port, path, authority }: Target,
    body: string,
    onAnswer: (body: Buffer, ms: number) => void,
  ): Promise<KeepAliveConnection> {
    const socket = connect({ host: '127.0.0.1', port, ca: authority, servername: 'localhost' });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new KeepAliveConnection(socket, serialise(path, body), onAnswer);
  }

  /** Sends the request, and sends it again whenever it is answered. */
  start(): void {
    this.#send();
  }

  /** Sends nothing more. @returns once what is on its way is answered */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onPause = resolve;
    });
  }

  #send(): void {
    this.#sentAt = performance.now();
    this.#socket.write(this.#request);
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) throw new Error(`unexpected answer: ${head}`);
    const body = this.#received.subarray(headEnd + 4);
    if (body.length < Number(length)) return;
    this.#received = Buffer.alloc(0);
    this.#onAnswer(body, performance.now() - this.#sentAt);
    if (this.#onPause === undefined) {
      this.#send();
      return;
    }
    this.#onPause();
    this.#onPause = undefined;
  }
}

/** With the headers that the API server sends. */
function serialise(path: string, body: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: shimgate.shimgate-system.svc:443',
    'User-Agent: kube-apiserver-admission',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Accept: application/json, */*',
    'Content-Type: application/json',
    'Accept-Encoding: gzip',
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
