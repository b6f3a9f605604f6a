import type { Logger } from 'pino';
import type { ClusterConnection } from '../cluster/connection.ts';
import { namespacedName, type NamespacedName } from '../cluster/object-name.ts';
import { Reflector } from '../cluster/reflector.ts';
import { withIssued, type CertificateSecret, type Issued } from './issued.ts';

/** The Secret that all replicas share. */
export class CertificateStore {
  readonly #connection: ClusterConnection;
  readonly #where: NamespacedName;
  readonly #logger: Logger;
  readonly #path: string;
  readonly #reflector: Reflector<CertificateSecret>;

  /** @param onChange called when the Secret has changed */
  constructor(connection: ClusterConnection, where: NamespacedName, logger: Logger, onChange: () => void) {
    this.#connection = connection;
    this.#where = where;
    this.#logger = logger;
    this.#path = `/api/v1/namespaces/${where.namespace}/secrets`;
    this.#reflector = new Reflector(
      connection,
      {
        kind: 'Secret',
        path: this.#path,
        fieldSelector: `metadata.name=${where.name}`,
        pageSize: 1,
        keep: (object) => object as CertificateSecret,
        onChange,
      },
      logger,
    );
  }

  /** Whether it was read at least once. */
  get isSynced(): boolean {
    return this.#reflector.isSynced;
  }

  /** The Secret as it was last heard of; undefined where there is none. */
  get secret(): CertificateSecret | undefined {
    return this.#reflector.objects.get(namespacedName(this.#where));
  }

  start(): void {
    this.#reflector.start();
  }

  async close(): Promise<void> {
    await this.#reflector.close();
  }

  /**
   * Writes certificates in place of what was stored when they were decided on. The watch brings what was stored, and then it is used:
   * never what no other replica could know of.
   *
   * @param stored the Secret then; undefined where there was none
   * @param what what was done, for the log
   * @throws ApiError with status 409 where somebody else has written meanwhile
   */
  async write(issued: Issued, stored: CertificateSecret | undefined, what: string, signal: AbortSignal): Promise<void> {
    const { namespace, name } = this.#where;
    const value = withIssued(stored, issued);
    if (stored === undefined) {
      const { data } = value;
      const made = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { namespace, name }, data };
      await this.#connection.request('POST', this.#path, { body: { value: made, type: 'application/json' }, signal });
    } else {
      const path = `${this.#path}/${name}`;
      await this.#connection.request('PUT', path, { body: { value, type: 'application/json' }, signal });
    }
    this.#logger.info({ secret: namespacedName(this.#where) }, what);
  }

  /** Whether there is nothing newer than what was last heard of; what is newer is taken in. */
  async isLatest(signal: AbortSignal): Promise<boolean> {
    const found: CertificateSecret[] = [];
    await this.#connection.list(this.#path, {
      query: { fieldSelector: `metadata.name=${this.#where.name}` },
      accept: 'application/json',
      pageSize: 1,
      onItem: (item) => found.push(item as CertificateSecret),
      signal,
    });
    const [latest] = found;
    if (latest?.metadata.resourceVersion === this.secret?.metadata.resourceVersion) return true;
    // Of a Secret that is gone the watch will tell.
    if (latest !== undefined) this.#reflector.put(latest);
    return false;
  }
}
