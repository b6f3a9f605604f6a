import type { Logger } from 'pino';
import type { FollowedFiles } from '../follow/followed-files.ts';
import type { ReadinessCheck } from '../follow/follower.ts';
import { openCertificateFiles, type ServingCertificate } from './certificate-files.ts';
import { expiryCheck, type CertificateSource } from './certificate-source.ts';
import { ExpiryWatch } from './expiry-watch.ts';

/** A serving certificate that somebody else keeps up to date, in files. */
export class FileCertificate implements CertificateSource {
  readonly checks: readonly ReadinessCheck[] = [expiryCheck(() => this.current)];
  readonly #files: FollowedFiles<ServingCertificate>;
  readonly #logger: Logger;
  readonly #expiry: ExpiryWatch;

  private constructor(files: FollowedFiles<ServingCertificate>, logger: Logger) {
    this.#files = files;
    this.#logger = logger;
    this.#expiry = new ExpiryWatch(() => this.current, logger);
  }

  /** @throws CertificateError where the pair cannot be read or served */
  static async open(certFile: string, keyFile: string, logger: Logger): Promise<FileCertificate> {
    return new FileCertificate(await openCertificateFiles(certFile, keyFile), logger);
  }

  get current(): ServingCertificate {
    return this.#files.current;
  }

  start(onChange: (certificate: ServingCertificate) => void): void {
    onChange(this.current);
    this.#expiry.check(Date.now());
    this.#files.watch(
      (changed) => {
        this.#logger.info({ notAfter: changed.notAfter }, 'serving certificate changed');
        onChange(changed);
      },
      (reason) => {
        this.#logger.error({ reason }, 'serving certificate refused, the one before stays in use');
      },
    );
  }

  caches(): readonly [] {
    return [];
  }

  close(): void {
    this.#expiry.close();
    this.#files.close();
  }
}
