import type { Configuration } from '../config/configuration.ts';
import type { NamespaceRule } from '../generated/configuration.ts';
import { globRegex } from './glob-regex.ts';
import {
  deletionEntry,
  hasClass,
  podEntry,
  runtimeClassEntry,
  templateChanged,
  templateEntries,
  entriesForOtherAnnotationWrites,
  type WebhookEntry,
} from './webhook-entries.ts';

export type Webhooks = { readonly mutating: readonly WebhookEntry[]; readonly validating: readonly WebhookEntry[] };

/**
 * The webhook entries that a configuration needs: one a subject, so that each has the failure policy and the conditions
 * that suit it. What no rule concerns is not sent at all: a cluster's network and storage pods start without us.
 */
export function webhooksFor({
  namespaceRules,
  runtimeClassDeletion,
}: Pick<Configuration, 'namespaceRules' | 'runtimeClassDeletion'>): Webhooks {
  const { mutating, validating } = fixedWebhooks;
  const perRule = namespaceRules.map((rule, index) => entriesOfRule(rule, index));
  const deletion = runtimeClassDeletion === 'allow' ? [] : [deletionEntry(runtimeClassDeletion)];
  return {
    // First: the entry for pods then sees the class, and is among those that are reinvoked.
    mutating: [...perRule.flatMap((ofRule) => ofRule.mutating), ...mutating],
    validating: [...validating, ...deletion, ...perRule.flatMap((ofRule) => ofRule.validating)],
  };
}

const fixedWebhooks: Webhooks = {
  mutating: [podEntry('/mutate'), runtimeClassEntry('/mutate')],
  validating: [
    podEntry('/validate'),
    ...entriesForOtherAnnotationWrites,
    runtimeClassEntry('/validate'),
    ...templateEntries.map(([entry]) => entry),
  ],
};

/**
 * What a rule adds: pods that name no class are sent where it would give them one, and, with the templates of such pods,
 * where it allows only pods that name one.
 */
function entriesOfRule(rule: NamespaceRule, index: number): Webhooks {
  const { allowedRuntimeClassNames, defaultRuntimeClassName } = rule;
  const asksForClass = allowedRuntimeClassNames !== undefined && !allowedRuntimeClassNames.includes('');
  return {
    mutating:
      defaultRuntimeClassName === undefined
        ? []
        : [classlessEntry('default-class', podEntry('/mutate'), 'object', rule, index)],
    validating: asksForClass
      ? [
          classlessEntry('class-required', podEntry('/validate'), 'object', rule, index),
          ...templateEntries.map(([entry, template]) =>
            classlessEntry('class-required', entry, `object.${template}`, rule, index),
          ),
        ]
      : [],
  };
}

/** An entry for what names no class, in the namespaces of a rule: another rule before it may win, which costs a call. */
function classlessEntry(
  purpose: 'default-class' | 'class-required',
  base: WebhookEntry,
  pod: string,
  { namespaces, selector }: NamespaceRule,
  index: number,
): WebhookEntry {
  const isNamed = (namespaces ?? []).map((glob) => `request.namespace.matches(${JSON.stringify(globRegex(glob))})`);
  const isForPods = pod === 'object';
  return {
    ...base,
    name: `${purpose}-${index}.${base.name}`,
    rules: isForPods ? base.rules.map((rule) => ({ ...rule, operations: ['CREATE'] })) : base.rules,
    matchConditions: [
      { name: 'has-no-class', expression: `!(${hasClass(pod)})` },
      ...(isForPods ? [] : (base.matchConditions ?? []).filter(({ name }) => name === templateChanged)),
      ...(namespaces === undefined ? [] : [{ name: 'in-namespace', expression: isNamed.join(' || ') || 'false' }]),
    ],
    ...(selector !== undefined && { namespaceSelector: selector }),
  };
}
