import type { LabelSelector } from '../generated/configuration.ts';
import type { Namespace } from '../generated/objects.ts';

/** Source: Kubernetes, apimachinery, pkg/labels, Requirement.Matches: NotIn holds where the label is absent. */
export function selectorMatches(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const has = (key: string) => Object.hasOwn(labels, key);
  const isIn = (key: string, values: readonly string[]) => has(key) && values.includes(labels[key] ?? '');
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => isIn(key, [value])) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'In':
          return isIn(key, values);
        case 'NotIn':
          return !isIn(key, values);
        case 'Exists':
          return has(key);
        case 'DoesNotExist':
          return !has(key);
      }
    })
  );
}

/** A namespace's labels, with the one that the API server puts on every namespace and manifests do not show. */
export function labelsOf(name: string, namespace: Namespace | undefined): Readonly<Record<string, string>> {
  return { ...namespace?.metadata?.labels, 'kubernetes.io/metadata.name': name };
}
