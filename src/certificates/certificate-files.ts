import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { FileWatcher } from '../config/file-watcher.ts';

/** A certificate chain and its key, in PEM, found to belong together. */
export type ServingCertificate = {
  readonly cert: string;
  readonly key: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
};

/** A pair that cannot be served: the message says which file and why. */
export class CertificateError extends Error {}

/** The clock of whoever made a certificate may be ahead of ours by so much. */
const skewMs = 5 * 60_000;

/** A serving certificate that follows its files. A pair that cannot be served never replaces one that can. */
export class CertificateFiles {
  readonly #certFile: string;
  readonly #keyFile: string;
  #current: ServingCertificate;
  #watcher: FileWatcher | undefined;

  private constructor(certFile: string, keyFile: string, current: ServingCertificate) {
    this.#certFile = certFile;
    this.#keyFile = keyFile;
    this.#current = current;
  }

  /** @throws CertificateError where the pair cannot be read or served */
  static async open(certFile: string, keyFile: string): Promise<CertificateFiles> {
    return new CertificateFiles(certFile, keyFile, await readPair(certFile, keyFile));
  }

  get current(): ServingCertificate {
    return this.#current;
  }

  /** Follows changes of the files. @param onRefused called with the reason where a new pair cannot be served */
  watch(onChange: (certificate: ServingCertificate) => void, onRefused: (reason: string) => void): void {
    let lastRefusal = '';
    this.#watcher = new FileWatcher([this.#certFile, this.#keyFile], () => {
      readPair(this.#certFile, this.#keyFile).then(
        (pair) => {
          lastRefusal = '';
          if (pair.cert === this.#current.cert && pair.key === this.#current.key) return;
          this.#current = pair;
          onChange(pair);
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

async function readPair(certFile: string, keyFile: string): Promise<ServingCertificate> {
  const cert = await readText(certFile);
  const key = await readText(keyFile);
  const certificate = parse(certFile, 'certificate', () => new X509Certificate(cert));
  const privateKey = parse(keyFile, 'private key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError(`the key in ${keyFile} does not belong to the certificate in ${certFile}`);
  }
  parse(certFile, 'certificate chain', () => createSecureContext({ cert, key }));
  const { validFromDate: notBefore, validToDate: notAfter } = certificate;
  if (notAfter.getTime() <= Date.now()) {
    throw new CertificateError(`the certificate in ${certFile} expired at ${notAfter.toISOString()}`);
  }
  if (notBefore.getTime() > Date.now() + skewMs) {
    throw new CertificateError(`the certificate in ${certFile} is not valid before ${notBefore.toISOString()}`);
  }
  return { cert, key, notBefore, notAfter };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CertificateError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse<T>(file: string, what: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new CertificateError(`${file} holds no ${what} in PEM form`);
  }
}
