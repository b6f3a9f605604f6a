import type { LabelSelector } from '../generated/configuration.ts';
import type { WebhookEntry } from './webhook-entries.ts';
import type { Webhooks } from './webhooks.ts';

/** Where and how the entries are installed: what the chart takes from its values. */
export type Installation = {
  /** Of both configurations and of the Service. */
  readonly name: string;
  /** Of the Service; it is left out of what is sent, so that shimgate cannot lock itself out. */
  readonly namespace: string;
  readonly port: number;
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** Namespaces that are left out besides. */
  readonly excludedNamespaces: readonly string[];
  /** Whether it runs with --events: a request that is no dry run has a side effect then. */
  readonly writesEvents?: true;
  readonly labels: Readonly<Record<string, string>>;
};

/**
 * Both webhook configurations as the API server takes them, and as the chart's templates write them. Without caBundle: who has the
 * certificate writes that, and what is applied again must not empty it.
 */
export function webhookConfigurations(webhooks: Webhooks, installation: Installation): readonly object[] {
  const { name, labels } = installation;
  return (['Mutating', 'Validating'] as const).map((phase) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${phase}WebhookConfiguration`,
    metadata: { name, labels },
    webhooks: webhooks[phase === 'Mutating' ? 'mutating' : 'validating'].map((entry) => ({
      ...installedEntry(entry, installation),
      ...(phase === 'Mutating' && { reinvocationPolicy: 'IfNeeded' }),
    })),
  }));
}

function installedEntry(entry: WebhookEntry, installation: Installation): object {
  const { name, namespace, port, failurePolicy, writesEvents, ...rest } = installation;
  const { path, failurePolicy: wanted, namespaceSelector, ...same } = entry;
  const isNamespaced = entry.rules.every(({ scope }) => scope === 'Namespaced');
  const excluded = [...new Set([...rest.excludedNamespaces, namespace])];
  return {
    ...same,
    admissionReviewVersions: ['v1'],
    clientConfig: { service: { namespace, name, path, port } },
    failurePolicy: wanted === 'asInstalled' ? failurePolicy : wanted,
    matchPolicy: 'Equivalent',
    ...(isNamespaced && { namespaceSelector: outside(excluded, namespaceSelector) }),
    sideEffects: writesEvents === true ? 'NoneOnDryRun' : 'None',
  };
}

/** A selector, and not those namespaces. Labels are written as expressions, as the chart's template does. */
function outside(
  names: readonly string[],
  { matchExpressions = [], matchLabels = {} }: LabelSelector = {},
): LabelSelector {
  return {
    matchExpressions: [
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...names] },
      ...matchExpressions,
      ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ],
  };
}
