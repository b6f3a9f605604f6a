import { quote } from '../finding/quote.ts';
import type { NamespaceRule } from '../generated/configuration.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Namespace } from '../generated/objects.ts';
import { matchesAny } from '../shim/path-match.ts';
import { labelsOf, selectorMatches } from './label-selector.ts';

/** A rule, and its place in the configuration's list, by which messages call it. */
export type PlacedRule = { readonly rule: NamespaceRule; readonly index: number };

/** How messages call a rule: by its index and, where it has one, its name. */
export function shownRule({ rule, index }: PlacedRule): string {
  return `namespaceRules[${index}]${rule.name === undefined ? '' : ` ${quote(rule.name)}`}`;
}

/** The first rule that matches a namespace; undefined where none does. */
export function firstMatch(
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
