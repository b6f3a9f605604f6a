import type { LabelSelector, NamespaceRule } from '../generated/configuration.ts';
import { matchesAny } from '../shim/path-match.ts';
import type { World } from './world.ts';

/** The first rule that matches a namespace; undefined where none does. */
export function namespaceRuleFor(namespace: string, world: World): NamespaceRule | undefined {
  const { namespaceRules } = world.configuration;
  if (namespaceRules.length === 0) return undefined;
  const labels = namespaceLabels(namespace, world);
  return namespaceRules.find((rule) => ruleMatches(rule, namespace, labels));
}

/** A namespace's labels, with the one that the API server puts on every namespace and manifests do not show. */
export function namespaceLabels(namespace: string, world: World): Readonly<Record<string, string>> {
  return { ...world.namespace(namespace)?.metadata?.labels, 'kubernetes.io/metadata.name': namespace };
}

function ruleMatches(rule: NamespaceRule, namespace: string, labels: Readonly<Record<string, string>>): boolean {
  if (rule.namespaces !== undefined && !matchesAny(rule.namespaces, namespace)) return false;
  return rule.selector === undefined || selectorMatches(rule.selector, labels);
}

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
