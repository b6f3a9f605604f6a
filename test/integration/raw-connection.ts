import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket, type ConnectionOptions } from 'node:tls';

/** Longer than anything takes that a test waits for. */
const waitMs = 10_000;

/** A connection that is written to byte by byte, for what no HTTP client would send. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #ended: Promise<void>;
  #received = '';
  #written = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
    });
    // A reset is an end like any other here.
    socket.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
  }

  /** @param options of which localAddress makes it another peer's @throws Error where the TLS handshake fails */
  static async overTls(
    port: number,
    { localAddress = '127.0.0.1', ...options }: ConnectionOptions & { readonly localAddress?: string },
  ): Promise<RawConnection> {
    const address = { host: '127.0.0.1', port, localAddress };
    const socket = connectTls({ ...address, socket: connectTcp(address), ...options });
    await once(socket, 'secureConnect');
    return new RawConnection(socket);
  }

  static async overTcp(port: number, localAddress = '127.0.0.1'): Promise<RawConnection> {
    const socket = connectTcp({ host: '127.0.0.1', port, localAddress });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** What both sides agreed to speak over TLS; false where they did not talk of it. */
  get protocol(): string | false | null {
    return this.#socket instanceof TLSSocket ? this.#socket.alpnProtocol : false;
  }

  /** Speaks TLS from here on. @throws Error where the handshake fails */
  async startTls(options: ConnectionOptions): Promise<RawConnection> {
    const socket = connectTls({ socket: this.#socket, ...options });
    await once(socket, 'secureConnect');
    return new RawConnection(socket);
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Of the certificate that the other side showed. */
  get fingerprint(): string {
    if (!(this.#socket instanceof TLSSocket)) throw new Error('there is no certificate without TLS');
    return this.#socket.getPeerCertificate().fingerprint256;
  }

  write(text: string | Uint8Array): void {
    this.#written += text.length;
    this.#socket.write(text);
  }

  /** Bytes that the system has not taken yet, and those that were written at all, as the other side would read them. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get sentBytes(): number {
    return this.#written - this.#socket.writableLength;
  }

  /** Closes this side, and leaves the other to answer. */
  end(): void {
    this.#socket.end();
  }

  /** Goes away without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** All that was received once the other side has closed. */
  async untilClosed(): Promise<string> {
    await this.#withinTime('close', this.#ended);
    return this.#received;
  }

  /** All that was received once this pattern is in it. @throws Error where the other side closes before */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) {
      const more = once(this.#socket, 'data').then(() => false);
      const isOver = await this.#withinTime(String(pattern), Promise.race([this.#ended.then(() => true), more]));
      if (isOver && !pattern.test(this.#received)) {
        throw new Error(`the connection was closed before ${String(pattern)} came; received: ${this.#received}`);
      }
    }
    return this.#received;
  }

  async #withinTime<T>(what: string, promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no ${what} within ${waitMs} ms; received: ${this.#received}`));
      }, waitMs);
    });
    return Promise.race([promise, late]).finally(() => {
      clearTimeout(timer);
    });
  }
}

/** A request as it goes over the wire. */
export function wireRequest(path: string, body: string, headers: readonly string[] = [], version = '1.1'): string {
  const lines = [
    `POST ${path} HTTP/${version}`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
