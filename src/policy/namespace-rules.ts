import { quote } from '../finding/quote.ts';
import type { NamespaceRule } from '../generated/configuration.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Namespace } from '../generated/objects.ts';
import { matchesAny } from '../shim/path-match.ts';
import { labelsOf, selectorMatches } from './label-selector.ts';
import type { World } from './world.ts';

/** A rule, and its place in the configuration's list, by which messages call it. */
export type PlacedRule = { readonly rule: NamespaceRule; readonly index: number };

/**
 * The first rule that matches a namespace; undefined where none does. A namespace's answer is kept with the namespace:
 * every request asks several times, and there may be hundreds of rules.
 */
export function placedRuleFor(namespace: string, world: World): PlacedRule | undefined {
  const { configuration } = world;
  if (configuration.namespaceRules.length === 0) return undefined;
  const known = world.namespace(namespace);
  if (known === undefined) return firstMatch(namespace, undefined, configuration);
  const last = matched.get(known);
  if (last?.configuration === configuration) return last.placed;
  const placed = firstMatch(namespace, known, configuration);
  matched.set(known, { configuration, placed });
  return placed;
}

/** The rule alone. */
export function namespaceRuleFor(namespace: string, world: World): NamespaceRule | undefined {
  return placedRuleFor(namespace, world)?.rule;
}

/** How messages call a rule: by its index and, where it has one, its name. */
export function shownRule({ rule, index }: PlacedRule): string {
  return `namespaceRules[${index}]${rule.name === undefined ? '' : ` ${quote(rule.name)}`}`;
}

/** Which rule matched a namespace last, and by which configuration. */
const matched = new WeakMap<
  Namespace,
  { readonly configuration: Configuration; readonly placed: PlacedRule | undefined }
>();

function firstMatch(
  name: string,
  namespace: Namespace | undefined,
  { namespaceRules }: Configuration,
): PlacedRule | undefined {
  const labels = labelsOf(name, namespace);
  for (const [index, rule] of namespaceRules.entries()) if (ruleMatches(rule, name, labels)) return { rule, index };
  return undefined;
}

function ruleMatches(rule: NamespaceRule, namespace: string, labels: Readonly<Record<string, string>>): boolean {
  if (rule.namespaces !== undefined && !matchesAny(rule.namespaces, namespace)) return false;
  return rule.selector === undefined || selectorMatches(rule.selector, labels);
}
