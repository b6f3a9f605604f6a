import type { Logger } from 'pino';
import type { ClusterConnection } from '../cluster/connection.ts';
import { Reflector } from '../cluster/reflector.ts';

type WebhookConfiguration = {
  readonly metadata: { readonly resourceVersion?: string };
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: { readonly caBundle?: string } }[];
};

const path = '/apis/admissionregistration.k8s.io/v1';
const collections = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const;

const certificatePattern = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g;

/** The CAs in the two webhook configurations of one name: the API server trusts a webhook that has a certificate of these. */
export class WebhookRegistration {
  readonly #connection: ClusterConnection;
  readonly #name: string;
  readonly #logger: Logger;
  readonly #reflectors: readonly Reflector<WebhookConfiguration>[];
  /** Since when each CA has been in all entries, in milliseconds since the epoch. */
  #carried: ReadonlyMap<string, number> = new Map();

  /** @param onChange called when a configuration has changed */
  constructor(connection: ClusterConnection, name: string, logger: Logger, onChange: () => void) {
    this.#connection = connection;
    this.#name = name;
    this.#logger = logger;
    this.#reflectors = collections.map(
      (kind) =>
        new Reflector(
          connection,
          {
            kind,
            path: `${path}/${kind}`,
            fieldSelector: `metadata.name=${name}`,
            pageSize: 1,
            keep: (object) => object as WebhookConfiguration,
            onChange: () => {
              this.#note(Date.now());
              onChange();
            },
          },
          logger,
        ),
    );
  }

  start(): void {
    for (const reflector of this.#reflectors) reflector.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.close()));
  }

  /**
   * For how long each entry of each configuration that there is has carried a CA, in milliseconds; 0 where one does not. A
   * configuration that somebody took away calls nobody, and stands in nobody's way.
   */
  carriedForMs(authority: string, now: number): number {
    if (!this.#reflectors.every(({ isSynced }) => isSynced)) return 0;
    if (this.#reflectors.every((reflector) => this.#webhooksOf(reflector).length === 0)) return Infinity;
    const since = this.#carried.get(authority.trim());
    return since === undefined ? 0 : now - since;
  }

  /** The configurations of which some entry does not carry a CA, such as `validatingwebhookconfigurations/shimgate`. */
  without(authority: string): readonly string[] {
    return this.#reflectors
      .filter(
        (reflector) =>
          !reflector.isSynced ||
          this.#webhooksOf(reflector).some(({ clientConfig }) => !authoritiesIn(clientConfig).has(authority.trim())),
      )
      .map(({ kind }) => `${kind}/${this.#name}`);
  }

  /** Whether each entry carries these CAs, and no other. */
  carriesExactly(authorities: readonly string[]): boolean {
    const caBundle = bundleOf(authorities);
    return this.#reflectors
      .flatMap((reflector) => this.#webhooksOf(reflector))
      .every(({ clientConfig }) => clientConfig?.caBundle === caBundle);
  }

  /** Writes these CAs, and no other, wherever they are not. @throws ApiError where a configuration cannot be written */
  async publish(authorities: readonly string[], signal: AbortSignal): Promise<void> {
    const caBundle = bundleOf(authorities);
    const published = await Promise.allSettled(
      this.#reflectors.map((reflector) => this.#write(reflector, caBundle, signal)),
    );
    // One that cannot be written must not keep the other from getting its CAs.
    const failed = published.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #write(reflector: Reflector<WebhookConfiguration>, caBundle: string, signal: AbortSignal): Promise<void> {
    const webhooks = this.#webhooksOf(reflector);
    if (webhooks.every(({ clientConfig }) => clientConfig?.caBundle === caBundle)) return;
    const { resourceVersion } = reflector.objects.get(this.#name)?.metadata ?? {};
    const value = {
      // An entry that is gone by now is not to be made anew by its name.
      metadata: { resourceVersion },
      webhooks: webhooks.map(({ name }) => ({ name, clientConfig: { caBundle } })),
    };
    const body = { value, type: 'application/strategic-merge-patch+json' };
    await this.#connection.request('PATCH', `${path}/${reflector.kind}/${this.#name}`, { body, signal });
    this.#logger.info({ kind: reflector.kind }, 'CA written to the webhook configuration');
  }

  #webhooksOf(reflector: Reflector<WebhookConfiguration>): NonNullable<WebhookConfiguration['webhooks']> {
    return reflector.objects.get(this.#name)?.webhooks ?? [];
  }

  #note(now: number): void {
    if (!this.#reflectors.every(({ isSynced }) => isSynced)) return;
    const bundles = this.#reflectors
      .flatMap((reflector) => this.#webhooksOf(reflector))
      .map(({ clientConfig }) => authoritiesIn(clientConfig));
    const [first = new Set<string>(), ...others] = bundles;
    const inAll = [...first].filter((authority) => others.every((bundle) => bundle.has(authority)));
    this.#carried = new Map(inAll.map((authority) => [authority, this.#carried.get(authority) ?? now]));
  }
}

function bundleOf(authorities: readonly string[]): string {
  return Buffer.from(authorities.join('')).toString('base64');
}

function authoritiesIn(clientConfig: { readonly caBundle?: string } | undefined): ReadonlySet<string> {
  const bundle = Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString('latin1');
  return new Set(bundle.match(certificatePattern));
}
