import { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { FollowedFiles } from '../follow/followed-files.ts';
import type { Follower } from '../follow/follower.ts';
import { maxSettingsBytes, readBoundedFile } from '../follow/read-file.ts';

/** The CAs of clients that are answered, one certificate or more in PEM, in a file that is followed. */
export class ClientAuthorities implements Follower {
  readonly checks = [];
  readonly #files: FollowedFiles<string>;
  readonly #logger: Logger;

  private constructor(files: FollowedFiles<string>, logger: Logger) {
    this.#files = files;
    this.#logger = logger;
  }

  /** @throws Error where the file cannot be read, or something in it is no certificate */
  static async open(file: string, logger: Logger): Promise<ClientAuthorities> {
    return new ClientAuthorities(await FollowedFiles.open([file], () => readAuthorities(file)), logger);
  }

  /** In PEM. */
  get current(): string {
    return this.#files.current;
  }

  /** Follows the file from now on. */
  start(onChange: (authorities: string) => void): void {
    this.#files.watch(
      (changed) => {
        this.#logger.info('client CAs changed');
        onChange(changed);
      },
      (reason) => {
        this.#logger.error({ reason }, 'client CAs refused, the ones before stay in use');
      },
    );
  }

  caches(): readonly [] {
    return [];
  }

  close(): void {
    this.#files.close();
  }
}

async function readAuthorities(file: string): Promise<string> {
  try {
    const pem = (await readBoundedFile(file, maxSettingsBytes)).toString('utf8');
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
