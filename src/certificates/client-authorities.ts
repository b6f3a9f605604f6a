import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FileWatcher } from '../config/file-watcher.ts';

/** The CAs of clients that are answered, in a file that is followed. What holds no CA never replaces what does. */
export class ClientAuthorities {
  readonly #file: string;
  #current: string;
  #watcher: FileWatcher | undefined;

  private constructor(file: string, current: string) {
    this.#file = file;
    this.#current = current;
  }

  /** @throws Error where the file cannot be read, or something in it is no certificate */
  static async open(file: string): Promise<ClientAuthorities> {
    return new ClientAuthorities(file, await readAuthorities(file));
  }

  /** One certificate or more, in PEM. */
  get current(): string {
    return this.#current;
  }

  /** Follows changes of the file. @param onRefused called with the reason where what is there now cannot be used */
  watch(onChange: (authorities: string) => void, onRefused: (reason: string) => void): void {
    let lastRefusal = '';
    this.#watcher = new FileWatcher([this.#file], () => {
      readAuthorities(this.#file).then(
        (authorities) => {
          lastRefusal = '';
          if (authorities === this.#current) return;
          this.#current = authorities;
          onChange(authorities);
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          if (reason !== lastRefusal) onRefused(reason);
          lastRefusal = reason;
        },
      );
    });
  }

  close(): void {
    this.#watcher?.close();
  }
}

async function readAuthorities(file: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8');
    // TLS itself would pass over what is no certificate, and then refuse every client.
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [pem];
    for (const certificate of certificates) new X509Certificate(certificate).toString();
    return pem;
  } catch (error) {
    throw new Error(`cannot read CAs from ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
