import type { Logger } from 'pino';
import type {
  FollowedConfiguration,
  StoredWebhooks,
  WebhookConfigurationsFollower,
} from '../registration/webhook-configurations-follower.ts';

type Entry = NonNullable<StoredWebhooks['webhooks']>[number];

const certificatePattern = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g;

/** The CAs in the two webhook configurations of one name: the API server trusts a webhook that has a certificate of these. */
export class WebhookRegistration {
  readonly #configurations: WebhookConfigurationsFollower;
  readonly #logger: Logger;
  /** Since when each CA has been in all entries, in milliseconds since the epoch. */
  #carried: ReadonlyMap<string, number> = new Map();

  /** @param onChange called when a configuration has changed */
  constructor(configurations: WebhookConfigurationsFollower, logger: Logger, onChange: () => void) {
    this.#configurations = configurations;
    this.#logger = logger;
    configurations.onChange(() => {
      this.#note(Date.now());
      onChange();
    });
  }

  start(): void {
    this.#configurations.start();
  }

  async close(): Promise<void> {
    await this.#configurations.close();
  }

  /**
   * For how long each entry of each configuration that there is has carried a CA, in milliseconds; 0 where one does not. A
   * configuration that somebody took away calls nobody, and stands in nobody's way.
   */
  carriedForMs(authority: string, now: number): number {
    if (!this.#configurations.isSynced) return 0;
    if (this.#entries.length === 0) return Infinity;
    const since = this.#carried.get(authority.trim());
    return since === undefined ? 0 : now - since;
  }

  /** The configurations of which some entry does not carry a CA, such as `validatingwebhookconfigurations/shimgate`. */
  without(authority: string): readonly string[] {
    return this.#configurations.both
      .filter(
        (one) =>
          !one.isSynced ||
          entriesOf(one).some(({ clientConfig }) => !authoritiesIn(clientConfig).has(authority.trim())),
      )
      .map(({ kind }) => `${kind}/${this.#configurations.name}`);
  }

  /** Whether each entry carries these CAs, and no other. */
  carriesExactly(authorities: readonly string[]): boolean {
    const caBundle = bundleOf(authorities);
    return this.#entries.every(({ clientConfig }) => clientConfig?.caBundle === caBundle);
  }

  /** Writes these CAs, and no other, wherever they are not. @throws ApiError where a configuration cannot be written */
  async publish(authorities: readonly string[], signal: AbortSignal): Promise<void> {
    const caBundle = bundleOf(authorities);
    const published = await Promise.allSettled(
      this.#configurations.both.map((one) => this.#write(one, caBundle, signal)),
    );
    // One that cannot be written must not keep the other from getting its CAs.
    const failed = published.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #write(one: FollowedConfiguration, caBundle: string, signal: AbortSignal): Promise<void> {
    const entries = entriesOf(one);
    if (entries.every(({ clientConfig }) => clientConfig?.caBundle === caBundle)) return;
    const patched = entries.map(({ name }) => ({ name, clientConfig: { caBundle } }));
    await this.#configurations.patch(one, patched, signal);
    this.#logger.info({ kind: one.kind }, 'CA written to the webhook configuration');
  }

  get #entries(): readonly Entry[] {
    return this.#configurations.both.flatMap(entriesOf);
  }

  #note(now: number): void {
    if (!this.#configurations.isSynced) return;
    const bundles = this.#entries.map(({ clientConfig }) => authoritiesIn(clientConfig));
    const [first = new Set<string>(), ...others] = bundles;
    const inAll = [...first].filter((authority) => others.every((bundle) => bundle.has(authority)));
    this.#carried = new Map(inAll.map((authority) => [authority, this.#carried.get(authority) ?? now]));
  }
}

function entriesOf({ stored }: FollowedConfiguration): readonly Entry[] {
  return stored?.webhooks ?? [];
}

function bundleOf(authorities: readonly string[]): string {
  return Buffer.from(authorities.join('')).toString('base64');
}

function authoritiesIn(clientConfig: { readonly caBundle?: string } | undefined): ReadonlySet<string> {
  const bundle = Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString('latin1');
  return new Set(bundle.match(certificatePattern));
}
