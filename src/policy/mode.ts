import type { LabelSelector, Mode, NamespaceRule } from '../generated/configuration.ts';
import { matchesAny } from '../shim/path-match.ts';
import type { World } from './world.ts';

const modeLabel = 'shimgate.dev/mode';

/** From strict to loose. */
const modes: readonly Mode[] = ['enforce', 'warn', 'audit'];

/**
 * The mode in a namespace: the first rule that matches, else the configuration's own; then the namespace's label, which
 * may make it stricter and, only where the configuration says so, looser. A label that is no mode means enforce.
 *
 * @param namespace undefined for a cluster-scoped object
 */
export function modeIn(namespace: string | undefined, world: World): Mode {
  const { mode, namespaceRules, namespaceLabelMayLoosen } = world.configuration;
  if (namespace === undefined) return mode;
  const labels = labelsOf(namespace, world);
  const configured = namespaceRules.find((rule) => ruleMatches(rule, namespace, labels))?.mode ?? mode;
  const label = Object.hasOwn(labels, modeLabel) ? labels[modeLabel] : undefined;
  if (label === undefined) return configured;
  const labelled = modes.find((known) => known === label) ?? 'enforce';
  const isStricter = modes.indexOf(labelled) < modes.indexOf(configured);
  return isStricter || namespaceLabelMayLoosen ? labelled : configured;
}

/** The API server puts this label on every namespace; manifests do not show it. */
function labelsOf(namespace: string, world: World): Readonly<Record<string, string>> {
  return { ...world.namespace(namespace)?.metadata?.labels, 'kubernetes.io/metadata.name': namespace };
}

function ruleMatches(rule: NamespaceRule, namespace: string, labels: Readonly<Record<string, string>>): boolean {
  if (rule.namespaces !== undefined && !matchesAny(rule.namespaces, namespace)) return false;
  return rule.selector === undefined || selectorMatches(rule.selector, labels);
}

/** Source: Kubernetes, apimachinery, pkg/labels, Requirement.Matches: NotIn holds where the label is absent. */
function selectorMatches(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
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
