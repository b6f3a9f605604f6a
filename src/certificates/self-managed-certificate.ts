import { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { ApiError } from '../cluster/api-error.ts';
import type { ClusterConnection } from '../cluster/connection.ts';
import type { NamespacedName } from '../cluster/object-name.ts';
import type { ReadinessCheck } from '../follow/follower.ts';
import type { WebhookConfigurationsFollower } from '../registration/webhook-configurations-follower.ts';
import type { ServingCertificate } from './certificate-files.ts';
import { expiryCheck, type CertificateSource } from './certificate-source.ts';
import { CertificateStore } from './certificate-store.ts';
import { ExpiryWatch } from './expiry-watch.ts';
import { askedToRenew, readIssued, trustedAuthorities, type Issued } from './issued.ts';
import { nextDue, nextStep, serviceNames, type Lifetimes } from './rotation.ts';
import { WebhookRegistration } from './webhook-registration.ts';

export type SelfManagedOptions = {
  /** Where CA and serving certificate are kept, shared by all replicas. */
  readonly secret: NamespacedName;
  /** The Service by which the API server reaches the webhook. */
  readonly service: NamespacedName;
  /** The mutating and the validating webhook configuration, which get the CA. */
  readonly webhookConfigurations: WebhookConfigurationsFollower;
  readonly lifetimes: Lifetimes;
  readonly logger: Logger;
};

/** A serving certificate in use, and the CA by which it is verified. */
type Served = ServingCertificate & { readonly authority: string };

/** How often everything is looked at though nothing changed and nothing is due. */
const checkMs = 60_000;

/** How soon a write that failed is tried again. */
const retryMs = 2_000;

/** How long a CA has to be in the webhook configurations until every API server is taken to have heard of it. */
const propagationMs = 10_000;

/**
 * A serving certificate that needs no other component: whichever replica comes first makes CA and certificate and
 * creates the Secret; the others find it there. All that a rotation needs to know is in the Secret, so that any replica can
 * take its next step. Writes go by resourceVersion: of two replicas that write at once one wins and the other takes what it
 * finds.
 */
export class SelfManagedCertificate implements CertificateSource {
  readonly checks: readonly ReadinessCheck[] = [
    expiryCheck(() => this.current),
    { name: 'registration', failure: () => this.#registrationFailure(), detail: () => this.#unregistered() },
  ];
  readonly #options: SelfManagedOptions;
  readonly #store: CertificateStore;
  readonly #registration: WebhookRegistration;
  readonly #expiry: ExpiryWatch;
  #onChange: (certificate: ServingCertificate) => void = () => undefined;
  /** What the Secret held when it was last whole. */
  #issued: Issued | undefined;
  #served: Served | undefined;
  #isRegistered = false;
  #timer: NodeJS.Timeout | undefined;
  #reconciling: Promise<void> | undefined;
  #isDirty = false;
  readonly #stop = new AbortController();

  constructor(connection: ClusterConnection, options: SelfManagedOptions) {
    const { secret, webhookConfigurations, logger } = options;
    this.#options = options;
    const onChange = () => {
      this.#reconcileSoon();
    };
    this.#store = new CertificateStore(connection, secret, logger, onChange);
    this.#registration = new WebhookRegistration(webhookConfigurations, logger, onChange);
    this.#expiry = new ExpiryWatch(() => this.current, logger);
  }

  /** Undefined until there is one. */
  get current(): ServingCertificate | undefined {
    return this.#served;
  }

  start(onChange: (certificate: ServingCertificate) => void): void {
    this.#onChange = onChange;
    this.#store.start();
    this.#registration.start();
    this.#checkIn(checkMs);
  }

  caches(): readonly [] {
    return [];
  }

  async close(): Promise<void> {
    this.#expiry.close();
    this.#stop.abort();
    clearTimeout(this.#timer);
    await Promise.all([this.#store.close(), this.#registration.close()]);
    await this.#reconciling;
  }

  /** What of the webhook configurations does not carry the CA of the certificate that is served. */
  #unregistered(): string | undefined {
    if (this.#served === undefined) return 'there is no certificate yet';
    const missing = this.#registration.without(this.#served.authority);
    return missing.length === 0 ? undefined : `the CA is not in ${missing.join(' and ')}`;
  }

  /**
   * Why the API server cannot call the webhook yet. Once it could, it is no reason to take verdicts away that somebody spoils
   * a webhook configuration: it is repaired sooner than endpoints would follow, and the other one goes on to ask.
   */
  #registrationFailure(): string | undefined {
    if (this.#isRegistered) return undefined;
    const failure = this.#unregistered();
    this.#isRegistered = failure === undefined;
    return failure;
  }

  /** One reconciliation at a time; what changes meanwhile leads to one more. */
  #reconcileSoon(): void {
    this.#isDirty = true;
    this.#reconciling ??= (async () => {
      while (this.#isDirty && !this.#stop.signal.aborted) {
        this.#isDirty = false;
        this.#checkIn(await this.#reconcile().catch((error: unknown) => this.#explain(error)));
      }
      this.#reconciling = undefined;
    })();
  }

  #checkIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(
      () => {
        this.#reconcileSoon();
      },
      Math.min(checkMs, Math.max(100, ms)),
    ).unref();
  }

  /** @returns in how many milliseconds to try again */
  #explain(error: unknown): number {
    // A conflict means that another replica was faster: its write comes by watch.
    const isConflict = error instanceof ApiError && error.status === 409;
    if (!isConflict && !this.#stop.signal.aborted) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.error({ reason }, 'cannot keep the certificate up to date');
    }
    return retryMs;
  }

  /** @returns in how many milliseconds to look again, where nothing changes */
  async #reconcile(): Promise<number> {
    if (!this.#store.isSynced) return checkMs;
    const { signal } = this.#stop;
    const stored = this.#store.secret;
    const readable = stored === undefined ? undefined : readIssued(stored);
    const now = new Date();
    if (readable === undefined && this.#issued !== undefined) {
      // A Secret that somebody deleted or broke is made whole from memory: what is in use goes on being trusted.
      await this.#store.write(this.#issued, stored, 'certificate restored', signal);
      return checkMs;
    }
    const unknown = readable === undefined ? undefined : this.#servedBeside(readable, now);
    if (readable !== undefined && unknown !== undefined) {
      const retired = [...readable.retired, unknown];
      await this.#store.write({ ...readable, retired }, stored, 'certificate replaced', signal);
      return checkMs;
    }
    const step = await nextStep(readable, {
      now,
      names: serviceNames(this.#options.service),
      lifetimes: this.#options.lifetimes,
      asked: stored === undefined ? undefined : askedToRenew(stored),
      isTrusted: (authority) => this.#untilTrusted(authority) <= 0,
    });
    if (step !== undefined) {
      await this.#store.write(step.issued, stored, step.what, signal);
      return checkMs;
    }
    if (readable === undefined) return checkMs;
    this.#issued = readable;
    const waitMs = this.#use(readable, now);
    await this.#publish(trustedAuthorities(readable));
    const { next } = readable;
    const announcedMs = next === undefined ? Infinity : this.#untilTrusted(next.cert);
    return Math.min(waitMs, announcedMs, nextDue(readable).getTime() - Date.now());
  }

  /**
   * The CA of the certificate that is served, where the Secret knows nothing of it: somebody has put another CA there, as from
   * a backup. It is trusted until that certificate is gone.
   */
  #servedBeside(issued: Issued, now: Date): Issued['retired'][number] | undefined {
    const served = this.#served;
    if (served === undefined || served.notAfter <= now) return undefined;
    if (trustedAuthorities(issued).includes(served.authority)) return undefined;
    return { cert: served.authority, until: served.notAfter };
  }

  /**
   * Serves a certificate of the same CA at once, and one of another CA when that has been in every webhook configuration for
   * a while, unless there is none to go on with. @returns in how many milliseconds it may be served
   */
  #use({ serving: { cert, key }, authority }: Issued, now: Date): number {
    const served = this.#served;
    if (cert === served?.cert && key === served.key) return Infinity;
    if (served !== undefined && served.authority !== authority.cert && served.notAfter > now) {
      const waitMs = this.#untilTrusted(authority.cert);
      if (waitMs > 0) return waitMs;
    }
    const { validFromDate, validToDate } = new X509Certificate(cert);
    this.#served = { cert, key, authority: authority.cert, notBefore: validFromDate, notAfter: validToDate };
    this.#onChange(this.#served);
    return Infinity;
  }

  /** In how many milliseconds every API server is taken to trust a CA, where nothing changes; 0 or less where it is. */
  #untilTrusted(authority: string): number {
    return propagationMs - this.#registration.carriedForMs(authority, Date.now());
  }

  /** A replica that has not heard of the latest CAs yet would take them out again: it looks before it writes. */
  async #publish(authorities: readonly string[]): Promise<void> {
    const { signal } = this.#stop;
    if (this.#registration.carriesExactly(authorities) || !(await this.#store.isLatest(signal))) return;
    await this.#registration.publish(authorities, signal);
  }
}
