import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.ts';
import { CurrentConfiguration, type Reload } from '../config/current-configuration.ts';
import type { CacheState, Follower, ReadinessCheck } from '../follow/follower.ts';
import type { ClusterConnection } from './connection.ts';
import { namespacedName, type NamespacedName } from './object-name.ts';
import { Reflector } from './reflector.ts';

/** The key of the ConfigMap's data that holds the configuration. */
const dataKey = 'configuration.yaml';

type KeptText = { readonly text: string | undefined };

/**
 * A configuration that follows a ConfigMap through the API, so that all replicas change over within moments; a mounted
 * ConfigMap reaches each node when its kubelet gets to it. An invalid one never replaces a valid configuration.
 */
export class ConfigurationMap implements Follower {
  readonly checks: readonly ReadinessCheck[];
  readonly #where: NamespacedName;
  readonly #held: CurrentConfiguration;
  readonly #onReload: (reload: Reload) => void;
  readonly #reflector: Reflector<KeptText>;

  constructor(
    connection: ClusterConnection,
    where: NamespacedName,
    onReload: (reload: Reload) => void,
    logger: Logger,
  ) {
    this.#where = where;
    this.#held = new CurrentConfiguration(`configmap ${namespacedName(where)}`);
    this.#onReload = onReload;
    this.#reflector = new Reflector(
      connection,
      {
        kind: 'ConfigMap',
        path: `/api/v1/namespaces/${where.namespace}/configmaps`,
        fieldSelector: `metadata.name=${where.name}`,
        pageSize: 1,
        keep: keepText,
        onChange: () => {
          this.#take(this.#reflector.objects.get(namespacedName(where)));
        },
      },
      logger,
    );
    const failure = () => (this.current === undefined ? 'there has been no valid configuration yet' : undefined);
    this.checks = [{ ...this.#reflector.check, name: 'configuration', failure }];
  }

  /** Undefined until there was a valid one. */
  get current(): Configuration | undefined {
    return this.#held.current;
  }

  get recent(): readonly Configuration[] {
    return this.#held.recent;
  }

  caches(): readonly CacheState[] {
    return [this.#reflector.cache];
  }

  start(): void {
    this.#reflector.start();
  }

  async close(): Promise<void> {
    await this.#reflector.close();
  }

  /**
   * Reads the ConfigMap now; who asks at the same time shares one reading. Where the API server does not answer, or its
   * answer is older than what the watch has brought meanwhile, what is in force stays.
   */
  reread(): Promise<void> {
    return this.#reflector.lookUp(this.#where.name);
  }

  #take(kept: KeptText | undefined): void {
    const reload =
      kept?.text === undefined
        ? this.#held.lose(`there is no ConfigMap ${namespacedName(this.#where)} with the key ${dataKey}`)
        : this.#held.offer(new TextEncoder().encode(kept.text));
    if (reload !== undefined) this.#onReload(reload);
  }
}

/**
 * Reads a configuration from a ConfigMap once.
 *
 * @throws ApiError where the API server refuses, and Error where the ConfigMap has none
 */
export async function readConfigurationMap(
  connection: ClusterConnection,
  { namespace, name }: NamespacedName,
): Promise<Uint8Array> {
  const { text } = keepText(await connection.request('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}`));
  if (text === undefined) throw new Error(`it has no key ${dataKey}`);
  return new TextEncoder().encode(text);
}

function keepText(object: unknown): KeptText {
  const { data } = object as { readonly data?: Readonly<Record<string, unknown>> };
  const text = data?.[dataKey];
  return { text: typeof text === 'string' ? text : undefined };
}
