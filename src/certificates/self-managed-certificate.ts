import { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { ApiError, type ClusterConnection } from '../cluster/connection.ts';
import { namespacedName, type NamespacedName } from '../cluster/object-name.ts';
import { Reflector } from '../cluster/reflector.ts';
import type { ServingCertificate } from './certificate-files.ts';
import {
  isDue,
  issue,
  readIssued,
  secretData,
  serviceNames,
  type CertificateSecret,
  type Issued,
} from './certificate-secret.ts';

export type SelfManagedOptions = {
  /** Where CA and serving certificate are kept, shared by all replicas. */
  readonly secret: NamespacedName;
  /** The Service by which the API server reaches the webhook. */
  readonly service: NamespacedName;
  /** Name of the mutating and of the validating webhook configuration, which get the CA. */
  readonly webhookConfiguration: string;
  readonly onChange: (certificate: ServingCertificate) => void;
  readonly logger: Logger;
};

type WebhookConfiguration = {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: { readonly caBundle?: string } }[];
};

const registrationPath = '/apis/admissionregistration.k8s.io/v1';
const collections = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const;

/** How often everything is looked at though nothing changed: renewal is due some day. */
const checkMs = 60_000;

/** How soon a write that failed is tried again. */
const retryMs = 2_000;

/**
 * A serving certificate that needs no other component: whichever replica comes first makes CA and certificate and
 * creates the Secret; the others find it there. Every replica keeps the CA in both webhook configurations. Writes go by
 * resourceVersion, so that of two replicas that renew at once one wins and the other takes what it finds.
 */
export class SelfManagedCertificate {
  readonly #connection: ClusterConnection;
  readonly #options: SelfManagedOptions;
  readonly #secret: Reflector<CertificateSecret>;
  readonly #configurations: readonly Reflector<WebhookConfiguration>[];
  #current: ServingCertificate | undefined;
  #issued: Issued | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #reconciling: Promise<void> | undefined;
  #isDirty = false;
  readonly #stop = new AbortController();

  constructor(connection: ClusterConnection, options: SelfManagedOptions) {
    const { secret, webhookConfiguration, logger } = options;
    this.#connection = connection;
    this.#options = options;
    const onChange = () => {
      this.#reconcileSoon();
    };
    this.#secret = new Reflector(
      connection,
      {
        kind: 'Secret',
        path: `/api/v1/namespaces/${secret.namespace}/secrets`,
        fieldSelector: `metadata.name=${secret.name}`,
        pageSize: 1,
        keep: (object) => object as CertificateSecret,
        onChange,
      },
      logger,
    );
    this.#configurations = collections.map(
      (collection) =>
        new Reflector(
          connection,
          {
            kind: collection,
            path: `${registrationPath}/${collection}`,
            fieldSelector: `metadata.name=${webhookConfiguration}`,
            pageSize: 1,
            keep: (object) => object as WebhookConfiguration,
            onChange,
          },
          logger,
        ),
    );
  }

  /** Undefined until there is one. */
  get current(): ServingCertificate | undefined {
    return this.#current;
  }

  /**
   * Why the API server cannot call the webhook yet; undefined where each configuration that there is carries the CA. One
   * that somebody took away is no reason to take away the verdicts that the other asks for.
   */
  get registrationFailure(): string | undefined {
    if (this.#issued === undefined) return 'there is no certificate yet';
    const missing = this.#unregistered(this.#issued);
    if (missing.length === 0) return undefined;
    return `the CA is not yet in ${missing.map(({ kind }) => `${kind}/${this.#options.webhookConfiguration}`).join(' and ')}`;
  }

  start(): void {
    this.#secret.start();
    for (const reflector of this.#configurations) reflector.start();
    this.#timer = setInterval(() => {
      this.#reconcileSoon();
    }, checkMs).unref();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    await Promise.all([this.#secret, ...this.#configurations].map((reflector) => reflector.close()));
    await this.#reconciling;
  }

  /** One reconciliation at a time; what changes meanwhile leads to one more. */
  #reconcileSoon(): void {
    this.#isDirty = true;
    this.#reconciling ??= (async () => {
      while (this.#isDirty && !this.#stop.signal.aborted) {
        this.#isDirty = false;
        await this.#reconcile().catch((error: unknown) => {
          // A conflict means that another replica was faster: its write comes by watch.
          if (this.#stop.signal.aborted || (error instanceof ApiError && error.status === 409)) return;
          const reason = error instanceof Error ? error.message : String(error);
          this.#options.logger.error({ reason }, 'cannot keep the certificate up to date');
          clearTimeout(this.#retry);
          this.#retry = setTimeout(() => {
            this.#reconcileSoon();
          }, retryMs);
        });
      }
      this.#reconciling = undefined;
    })();
  }

  async #reconcile(): Promise<void> {
    if (!this.#secret.isSynced) return;
    const { secret, service } = this.#options;
    const names = serviceNames(service);
    const stored = this.#secret.objects.get(namespacedName(secret));
    // A Secret that somebody deleted or broke is made whole from memory: the CA that is in use goes on being trusted.
    const readable = stored === undefined ? undefined : readIssued(stored);
    const issued = readable ?? this.#issued;
    const now = new Date();
    if (issued === undefined || isDue(issued.serving.cert, names, now)) {
      await this.#store(await issue(names, issued?.authority, now), stored);
      return;
    }
    if (readable === undefined) {
      await this.#store(issued, stored);
      return;
    }
    this.#use(issued);
    const published = await Promise.allSettled(
      this.#configurations.map((reflector) => this.#publish(reflector, issued.authority.cert)),
    );
    // One that cannot be written must not keep the other from getting its CA.
    const failed = published.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** The watch brings what was stored, and then it is used: never what no other replica could know of. */
  async #store(issued: Issued, stored: CertificateSecret | undefined): Promise<void> {
    const { namespace, name } = this.#options.secret;
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const data = secretData(issued);
    if (stored === undefined) {
      const value = {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { name, namespace },
        data,
      };
      await this.#write('POST', path, value);
    } else {
      const value = { ...stored, data: { ...stored.data, ...data } };
      await this.#write('PUT', `${path}/${name}`, value);
    }
    this.#options.logger.info({ secret: `${namespace}/${name}` }, 'certificate issued');
  }

  #use(issued: Issued): void {
    const { cert, key } = issued.serving;
    this.#issued = issued;
    if (cert === this.#current?.cert && key === this.#current.key) return;
    this.#current = { cert, key, notAfter: new X509Certificate(cert).validToDate };
    this.#options.onChange(this.#current);
  }

  async #publish(reflector: Reflector<WebhookConfiguration>, authority: string): Promise<void> {
    const configuration = this.#configurationOf(reflector);
    if (configuration === undefined || carries(configuration, authority)) return;
    const caBundle = Buffer.from(authority).toString('base64');
    const value = {
      webhooks: (configuration.webhooks ?? []).map(({ name }) => ({ name, clientConfig: { caBundle } })),
    };
    const path = `${registrationPath}/${reflector.kind}/${this.#options.webhookConfiguration}`;
    await this.#write('PATCH', path, value, 'application/strategic-merge-patch+json');
    this.#options.logger.info({ kind: reflector.kind }, 'CA written to the webhook configuration');
  }

  /** The configurations that do not carry the CA. */
  #unregistered({ authority }: Issued): readonly Reflector<WebhookConfiguration>[] {
    return this.#configurations.filter((reflector) => {
      const configuration = this.#configurationOf(reflector);
      return configuration === undefined ? !reflector.isSynced : !carries(configuration, authority.cert);
    });
  }

  async #write(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    value: object,
    type = 'application/json',
  ): Promise<void> {
    await this.#connection.request(method, path, { body: { value, type }, signal: this.#stop.signal });
  }

  #configurationOf(reflector: Reflector<WebhookConfiguration>): WebhookConfiguration | undefined {
    return reflector.objects.get(this.#options.webhookConfiguration);
  }
}

function carries({ webhooks = [] }: WebhookConfiguration, authority: string): boolean {
  const caBundle = Buffer.from(authority).toString('base64');
  return webhooks.every(({ clientConfig }) => clientConfig?.caBundle === caBundle);
}
