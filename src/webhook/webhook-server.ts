import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { ServingCertificate } from '../certificates/certificate-files.ts';
import type { WorldSource } from '../policy/world.ts';
import { closeWithEachAnswer, createAdmissionApp, type OnVerdict } from './admission-app.ts';
import { onlyFrom } from './allowed-clients.ts';
import { AnsweredRequests } from './answered-requests.ts';
import { answerClientErrors } from './client-errors.ts';
import { expressMessages } from './express-messages.ts';
import { close, connections, listen, type Address } from './listener.ts';
import { LoadGate, type LoadLimits } from './load-gate.ts';
import { createManagementApp } from './management-app.ts';
import type { Metrics } from './metrics.ts';
import { OpenConnections, type ConnectionLimits } from './open-connections.ts';
import { inOrder, type Step } from './pipeline.ts';
import type { Readiness } from './readiness.ts';
import { ShedRecord } from './shed-record.ts';

export type WebhookServerOptions = {
  readonly secureAddress: Address;
  readonly metricsAddress: Address;
  /** Undefined where every client is answered. */
  readonly clients: AllowedClients | undefined;
  readonly world: WorldSource;
  /** Of whatever is followed; the server joins it. */
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Told of each verdict; it returns at once. */
  readonly onVerdict?: OnVerdict;
  readonly timeouts?: Partial<Timeouts>;
  readonly limits?: Partial<Limits>;
};

export type AllowedClients = {
  /** CA certificates in PEM: only clients with a certificate of one of these are answered. */
  readonly authorities: string;
  /** Common names that such a certificate may have; with none, any. */
  readonly names: readonly string[];
};

/** All in milliseconds. */
export type Timeouts = {
  /** From the first byte of a request to the last of its headers; for a TLS handshake, from its connection on. The first
   * request of a connection may begin when it likes. */
  readonly headersMs: number;
  /** From the first byte of a request to its last: the API server itself waits 30 s at most. */
  readonly requestMs: number;
  /** How long an idle connection is kept, used or not yet: longer than the 90 s after which the API server closes it, since it does not
   * retry a POST that meets a connection being closed from this side. */
  readonly keepAliveMs: number;
  /** How often connections are checked against these limits. */
  readonly checkMs: number;
  /** How long a process that is to end goes on accepting connections: until nobody sends it any more. */
  readonly settleMs: number;
  /** How long such a process leaves it to clients to close connections on which nothing is asked. */
  readonly idleMs: number;
  /** How long requests in flight may take after that. */
  readonly drainMs: number;
};

export type Limits = LoadLimits & ConnectionLimits;

const defaultTimeouts: Timeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 180_000,
  checkMs: 5_000,
  settleMs: 0,
  idleMs: 0,
  drainMs: 20_000,
};

/** Far above what API servers ask of a webhook, and far below what the container's memory limit allows. */
const defaultLimits: Limits = {
  requests: 500,
  bodyBytes: 32 * 1024 * 1024,
  turnMs: 500,
  smallBodyMs: 2_000,
  connections: 1_000,
  connectionsPerPeer: 500,
};

/** The kubelet asks there, and a few who scrape metrics. Whoever kept them out would have the kubelet end the replica. */
const managementLimits: ConnectionLimits = { connections: 100, connectionsPerPeer: 50 };

/** How often stop() looks whether clients have closed their connections. */
const idlePollMs = 100;

/** The two servers: AdmissionReviews over HTTPS, once useCertificate has brought a certificate; health and metrics over HTTP. */
export class WebhookServer {
  readonly #timeouts: Timeouts;
  readonly #answered: AnsweredRequests;
  readonly #app: Express;
  readonly #secure: HttpsServer;
  readonly #management: HttpServer;
  readonly #metricsAddress: Address;
  readonly #secureAddress: Address;
  #certificate: ServingCertificate | undefined;
  #clientAuthorities: string | undefined;
  #isDraining = false;

  constructor(options: WebhookServerOptions) {
    const { clients, world, metrics, logger, readiness, onVerdict } = options;
    this.#secureAddress = options.secureAddress;
    this.#metricsAddress = options.metricsAddress;
    this.#clientAuthorities = clients?.authorities;
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    const record = new ShedRecord(metrics, logger);
    this.#answered = new AnsweredRequests(metrics, logger);
    this.#app = createAdmissionApp({ world, answered: this.#answered, record, logger, onVerdict });
    const { headersMs, requestMs, checkMs } = this.#timeouts;
    const bounds = { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: checkMs };
    this.#secure = createHttpsServer({
      ...bounds,
      ...expressMessages(this.#app),
      ...this.#secureContext(),
      ALPNProtocols: ['http/1.1'],
      ...(clients !== undefined && { requestCert: true, rejectUnauthorized: true }),
      handshakeTimeout: headersMs,
      keepAliveTimeout: this.#timeouts.keepAliveMs,
      noDelay: true,
    });
    const limits = { ...defaultLimits, ...options.limits };
    const gate = new LoadGate(limits, record);
    const open = new OpenConnections(this.#secure, limits, (limit, connections) => {
      record.note(limit, { connections });
    });
    // The way of a request. docs/development.md draws it, with the status that each step may answer.
    const steps: readonly Step[] = [
      (next) => open.noting(next),
      onlyFrom(clients?.names ?? [], logger),
      (next) => gate.guard(next),
    ];
    this.#secure.on('request', inOrder(steps, this.#app));
    // What came whole is answered before a later chunk of the same turn ends the connection.
    const answerWaiting = () => {
      gate.answerWaiting();
    };
    this.#secure.on('clientError', answerWaiting);
    this.#secure.on('secureConnection', (socket) => socket.prependListener('end', answerWaiting));
    answerClientErrors(this.#secure, this.#timeouts.keepAliveMs);
    readiness.join([
      record.check,
      { name: 'shutdown', failure: () => (this.#isDraining ? 'the process is shutting down' : undefined) },
    ]);
    this.#management = createHttpServer(bounds);
    const scraping = new OpenConnections(this.#management, managementLimits, (limit, connections) => {
      logger.debug({ limit, connections }, 'closed a connection of the metrics port');
    });
    const management = createManagementApp(readiness, metrics, this.#answered);
    this.#management.on('request', inOrder([(next) => scraping.noting(next)], management));
  }

  /** @returns the addresses that were taken. @throws where one cannot be had */
  async start(): Promise<{ readonly secure: Address; readonly management: Address }> {
    const management = await listen(this.#management, this.#metricsAddress);
    try {
      return { management, secure: await listen(this.#secure, this.#secureAddress) };
    } catch (error) {
      // One port without the other is no webhook, and would keep the process alive.
      await close(this.#management, 0);
      throw error;
    }
  }

  /** Serves new connections with another certificate; connections that are open go on. */
  useCertificate(certificate: ServingCertificate): void {
    this.#certificate = certificate;
    this.#secure.setSecureContext(this.#secureContext());
  }

  /** Verifies new connections by other CAs; connections that are open go on. @param authorities in PEM */
  useClientAuthorities(authorities: string): void {
    this.#clientAuthorities = authorities;
    this.#secure.setSecureContext(this.#secureContext());
  }

  /**
   * Not ready any more from now on, and each answer ends its connection. Goes on accepting until nobody sends it anything
   * new, and until clients have closed the connections on which nothing is asked: one that is closed from this side at just the
   * moment at which the API server sends a request on it costs that request, which is not repeated. Then finishes what is in
   * flight, and stops.
   *
   * @returns whether all of it was finished in time
   */
  async stop(): Promise<boolean> {
    this.#isDraining = true;
    closeWithEachAnswer(this.#app);
    const { settleMs, idleMs } = this.#timeouts;
    const began = performance.now();
    await sleep(settleMs);
    while (performance.now() - began < idleMs && (await connections(this.#secure)) > 0) await sleep(idlePollMs);
    const isFinished = await close(this.#secure, this.#timeouts.drainMs);
    this.#answered.end();
    await close(this.#management, 1_000);
    return isFinished;
  }

  #secureContext(): SecureContextOptions {
    const { cert, key } = this.#certificate ?? {};
    return {
      minVersion: 'TLSv1.2',
      ...(cert !== undefined && { cert, key }),
      ...(this.#clientAuthorities !== undefined && { ca: this.#clientAuthorities }),
    };
  }
}
