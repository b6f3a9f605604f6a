import type { Configuration } from '../config/configuration.ts';
import type { LabelSelector, NamespaceRule } from '../generated/configuration.ts';
import { runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
import { globRegex } from './glob-regex.ts';
import { judgedKeyPattern } from './judged-key-pattern.ts';

/** A CEL expression that must hold for a request to be sent. */
export type MatchCondition = { readonly name: string; readonly expression: string };

/** One entry of a webhook configuration: what is sent, and when. Where it is sent to is the installation's business. */
export type WebhookEntry = {
  readonly name: string;
  readonly path: '/mutate' | '/validate';
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly operations: readonly string[];
    readonly resources: readonly string[];
    readonly scope: 'Namespaced' | 'Cluster';
  }[];
  readonly matchConditions?: readonly MatchCondition[];
  /** `configured` where the installation chooses; what only warns is always `Ignore`. */
  readonly failurePolicy: 'configured' | 'Ignore';
  readonly timeoutSeconds: number;
  /** Restricts an entry to namespaces beyond what the installation leaves out. */
  readonly namespaceSelector?: LabelSelector;
};

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

const created = ['CREATE', 'UPDATE'];

/** Keys that only shimgate writes; the keys that a runtime declares need no mention, since such pods have a class. */
function hasManagedKey(pod: string): string {
  return `${pod}.?metadata.?annotations.orValue({}).exists(key, key == "${runtimeHandlerAnnotation}" || key.startsWith("shimgate.dev/"))`;
}

/**
 * Keys that a policy judges whatever the class: managed, guarded and that of the untrusted workload. So many annotations
 * that looking at each could cost more than the API server spends on a condition are sent unseen: a condition that fails
 * keeps the request from a webhook whose failure policy is Ignore.
 *
 * Source: Kubernetes, apiserver, pkg/apis/cel/config.go, RuntimeCELCostBudgetMatchConditions.
 */
function hasJudgedKey(pod: string): string {
  const annotations = `${pod}.?metadata.?annotations.orValue({})`;
  return `${annotations}.size() > 256 || ${annotations}.exists(key, key.matches(${JSON.stringify(judgedKeyPattern)}))`;
}

function hasClass(pod: string): string {
  return `${pod}.?spec.?runtimeClassName.orValue("") != ""`;
}

const podConditions: readonly MatchCondition[] = [
  {
    name: 'has-class-or-judged-annotation',
    expression: `${hasClass('object')} || ${hasJudgedKey('object')} || (oldObject != null && ${hasManagedKey('oldObject')})`,
  },
  {
    name: 'new-or-annotations-changed',
    expression:
      'request.operation == "CREATE" || object.?metadata.?annotations.orValue({}) != oldObject.?metadata.?annotations.orValue({})',
  },
];

function podEntry(path: WebhookEntry['path']): WebhookEntry {
  return {
    name: 'pods.shimgate.dev',
    path,
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: created, resources: ['pods'], scope: 'Namespaced' }],
    matchConditions: podConditions,
    failurePolicy: 'configured',
    timeoutSeconds: 10,
  };
}

/** An entry of its own: a namespaceSelector never leaves out what has no namespace. */
function runtimeClassEntry(path: WebhookEntry['path']): WebhookEntry {
  return {
    name: 'runtimeclasses.shimgate.dev',
    path,
    rules: [
      {
        apiGroups: ['node.k8s.io'],
        apiVersions: ['v1'],
        operations: created,
        resources: ['runtimeclasses'],
        scope: 'Cluster',
      },
    ],
    failurePolicy: 'configured',
    timeoutSeconds: 10,
  };
}

/** An entry of its own: where a deletion is only warned about, it is not held up while nobody answers. */
function deletionEntry(runtimeClassDeletion: 'warn' | 'deny'): WebhookEntry {
  const entry = runtimeClassEntry('/validate');
  return {
    ...entry,
    name: 'deletion.runtimeclasses.shimgate.dev',
    rules: entry.rules.map((rule) => ({ ...rule, operations: ['DELETE'] })),
    failurePolicy: runtimeClassDeletion === 'deny' ? 'configured' : 'Ignore',
  };
}

/** The condition that keeps a template away which was judged before. */
const templateChanged = 'new-or-template-changed';

/** Templates only warn: they never wait long, and never fail because of us. */
function templateEntry(
  name: string,
  template: string,
  resources: Readonly<Record<string, readonly string[]>>,
): WebhookEntry {
  return {
    name: `${name}.shimgate.dev`,
    path: '/validate',
    rules: Object.entries(resources).map(([group, plurals]) => ({
      apiGroups: [group],
      apiVersions: ['v1'],
      operations: created,
      resources: plurals,
      scope: 'Namespaced',
    })),
    matchConditions: [
      {
        name: 'has-class-or-judged-annotation',
        expression: `${hasClass(`object.${template}`)} || ${hasJudgedKey(`object.${template}`)}`,
      },
      {
        name: templateChanged,
        expression: `request.operation == "CREATE" || object.${template} != oldObject.${template}`,
      },
    ],
    failurePolicy: 'Ignore',
    timeoutSeconds: 2,
  };
}

/** The entries for templates, each with the place of the template in its objects. */
const templateEntries: readonly (readonly [WebhookEntry, string])[] = (
  [
    [
      'templates',
      'spec.template',
      {
        apps: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
        batch: ['jobs'],
        '': ['replicationcontrollers'],
      },
    ],
    ['cronjobs', 'spec.jobTemplate.spec.template', { batch: ['cronjobs'] }],
    ['podtemplates', 'template', { '': ['podtemplates'] }],
  ] as const
).map(([name, template, resources]) => [templateEntry(name, template, resources), template]);

const fixedWebhooks: Webhooks = {
  mutating: [podEntry('/mutate'), runtimeClassEntry('/mutate')],
  validating: [podEntry('/validate'), runtimeClassEntry('/validate'), ...templateEntries.map(([entry]) => entry)],
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
