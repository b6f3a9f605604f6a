import type { Logger } from 'pino';
import type { ClusterConnection } from '../cluster/connection.ts';
import { Reflector } from '../cluster/reflector.ts';
import { covers, type StoredRule } from './rule-coverage.ts';

/** What is read of a webhook configuration as it is stored. */
export type StoredWebhooks = {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig?: { readonly caBundle?: string };
    readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
    readonly rules?: readonly StoredRule[];
  }[];
};

/** One of the two, such as `validatingwebhookconfigurations`; nothing is stored where somebody took it away. */
export type FollowedConfiguration = { readonly kind: string; readonly stored: StoredWebhooks | undefined };

const path = '/apis/admissionregistration.k8s.io/v1';
const kinds = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const;

/**
 * The mutating and the validating webhook configuration of one name, as they are stored now, for all who write into
 * them: the CA is one's business, the condition that spares calls another's.
 */
export class WebhookConfigurationsFollower {
  readonly name: string;
  readonly #connection: ClusterConnection;
  readonly #reflectors: readonly Reflector<StoredWebhooks>[];
  readonly #listeners: (() => void)[] = [];

  /** @param seesOthers whether the mutating configurations of others are followed too, which takes the right to list them all */
  constructor(connection: ClusterConnection, name: string, seesOthers: boolean, logger: Logger) {
    this.name = name;
    this.#connection = connection;
    this.#reflectors = kinds.map(
      (kind) =>
        new Reflector(
          connection,
          {
            kind,
            path: `${path}/${kind}`,
            ...(!(seesOthers && kind === 'mutatingwebhookconfigurations') && {
              fieldSelector: `metadata.name=${name}`,
            }),
            pageSize: 50,
            keep: (object) => {
              const stored = object as StoredWebhooks;
              return stored.metadata.name === name ? stored : otherWebhooks(stored);
            },
            onChange: () => {
              for (const listener of this.#listeners) listener();
            },
          },
          logger,
        ),
    );
  }

  /** @param listener called when either has changed */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Whoever needs them starts and closes them; the second time changes nothing. */
  start(): void {
    for (const reflector of this.#reflectors) reflector.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.close()));
  }

  /** Whether both are known. */
  get isSynced(): boolean {
    return this.#reflectors.every(({ isSynced }) => isSynced);
  }

  get both(): readonly (FollowedConfiguration & { readonly isSynced: boolean })[] {
    return this.#reflectors.map(({ kind, isSynced, objects }) => ({ kind, isSynced, stored: objects.get(this.name) }));
  }

  /**
   * Names of the others' mutating configurations by which new pods are changed after ours.
   *
   * Source: Kubernetes, apiserver, pkg/admission/configuration/mutating_webhook_manager.go: in the order of their names.
   */
  get changingPodsLater(): readonly string[] {
    const [mutating] = this.#reflectors;
    return [...(mutating?.objects.values() ?? [])]
      .filter(({ metadata, webhooks = [] }) => metadata.name > this.name && webhooks.some(isForNewPods))
      .map(({ metadata }) => metadata.name)
      .toSorted();
  }

  /**
   * Writes fields of some entries of one of them, unless it has changed meanwhile.
   *
   * @param webhooks the entries by their names, each with what is to change of it
   * @throws ApiError where it cannot be written; with status 409 where it has changed
   */
  async patch(
    { kind, stored }: FollowedConfiguration,
    webhooks: readonly { readonly name: string }[],
    signal: AbortSignal,
  ): Promise<void> {
    // By resourceVersion: an entry that is gone by now is not to be made anew by its name.
    const value = { metadata: { resourceVersion: stored?.metadata.resourceVersion }, webhooks };
    await this.#connection.request('PATCH', `${path}/${kind}/${this.name}`, {
      body: { value, type: 'application/strategic-merge-patch+json' },
      signal,
    });
  }
}

/** What is read of the configurations of others. */
function otherWebhooks({ metadata, webhooks = [] }: StoredWebhooks): StoredWebhooks {
  return {
    metadata: { name: metadata.name, resourceVersion: '' },
    webhooks: webhooks.map(({ name, rules = [] }) => ({ name, rules })),
  };
}

function isForNewPods({ rules = [] }: NonNullable<StoredWebhooks['webhooks']>[number]): boolean {
  return rules.some((rule) => covers(rule, { group: '', resource: 'pods', operation: 'CREATE' }));
}
