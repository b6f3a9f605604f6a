import type { Logger } from 'pino';
import type { ServingCertificate } from './certificate-files.ts';

/** How often it is looked at, and how often it is said again. */
const checkMs = 60_000;
const repeatMs = 6 * 60 * 60_000;

/**
 * Warns in the log of a certificate that is about to expire: whatever renews it does so at two thirds of its life, or has
 * failed to when five sixths are over.
 */
export class ExpiryWatch {
  readonly #current: () => ServingCertificate | undefined;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #said: { readonly message: string; readonly at: number } | undefined;

  constructor(current: () => ServingCertificate | undefined, logger: Logger) {
    this.#current = current;
    this.#logger = logger;
    this.#timer = setInterval(() => {
      this.check(Date.now());
    }, checkMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** @param now milliseconds since the epoch */
  check(now: number): void {
    const certificate = this.#current();
    if (certificate === undefined) return;
    const { notBefore, notAfter } = certificate;
    const remainingMs = notAfter.getTime() - now;
    const isExpired = remainingMs <= 0;
    if (remainingMs > (notAfter.getTime() - notBefore.getTime()) / 6) {
      this.#said = undefined;
      return;
    }
    const message = isExpired ? 'the serving certificate has expired' : 'the serving certificate expires soon';
    if (this.#said?.message === message && now - this.#said.at < repeatMs) return;
    this.#logger[isExpired ? 'error' : 'warn']({ notAfter }, message);
    this.#said = { message, at: now };
  }
}
