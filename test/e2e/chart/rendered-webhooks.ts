import type { LabelSelector } from '../../../src/generated/configuration.ts';
import type { WebhookEntry } from '../../../src/registration/webhook-entries.ts';
import type { Webhooks } from '../../../src/registration/webhooks.ts';
import { only, type Rendered, type RenderedWebhook } from './render.ts';

/** The webhooks of both configurations. */
export function renderedWebhooks(
  objects: readonly Rendered[],
): Readonly<Record<keyof Webhooks, readonly RenderedWebhook[]>> {
  return {
    mutating: only(objects, 'MutatingWebhookConfiguration').webhooks ?? [],
    validating: only(objects, 'ValidatingWebhookConfiguration').webhooks ?? [],
  };
}

/** What an entry is to become in an installation with the default values, in namespace `shimgate`. */
export function installed(entry: WebhookEntry, kind: keyof Webhooks): RenderedWebhook {
  const { path, failurePolicy, namespaceSelector, ...same } = entry;
  const isNamespaced = entry.rules.every(({ scope }) => scope === 'Namespaced');
  return {
    ...same,
    admissionReviewVersions: ['v1'],
    clientConfig: { service: { namespace: 'shimgate', name: 'shimgate', path, port: 443 } },
    failurePolicy: failurePolicy === 'asInstalled' ? 'Fail' : failurePolicy,
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    ...(kind === 'mutating' && { reinvocationPolicy: 'IfNeeded' }),
    ...(isNamespaced && { namespaceSelector: outside(['kube-system', 'shimgate'], namespaceSelector) }),
  };
}

/** A selector, and not those namespaces. Labels as expressions say the same: one list can hold several selectors. */
function outside(names: readonly string[], selector: LabelSelector = {}): LabelSelector {
  return {
    matchExpressions: [
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...names] },
      ...(selector.matchExpressions ?? []),
      ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
        key,
        operator: 'In' as const,
        values: [value],
      })),
    ],
  };
}
