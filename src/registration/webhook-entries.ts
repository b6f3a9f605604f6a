import type { LabelSelector } from '../generated/configuration.ts';
import { untrustedWorkloadAnnotation } from '../shim/guarded-keys.ts';
import { runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
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
  /** `asInstalled` where the installation chooses; what only warns is always `Ignore`. */
  readonly failurePolicy: 'asInstalled' | 'Ignore';
  readonly timeoutSeconds: number;
  /** Restricts an entry to namespaces beyond what the installation leaves out. */
  readonly namespaceSelector?: LabelSelector;
};

const created = ['CREATE', 'UPDATE'];

/**
 * Keys that may not be taken away: those that only shimgate writes, and that of the untrusted workload. The keys that a
 * runtime declares need no mention, since such pods have a class or are untrusted workloads.
 */
function hasFixedKey(pod: string): string {
  return `${pod}.?metadata.?annotations.orValue({}).exists(key, key == "${runtimeHandlerAnnotation}" || key == "${untrustedWorkloadAnnotation}" || key.startsWith("shimgate.dev/"))`;
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

export function hasClass(pod: string): string {
  return `${pod}.?spec.?runtimeClassName.orValue("") != ""`;
}

const podConditions: readonly MatchCondition[] = [
  {
    name: 'has-class-or-judged-annotation',
    expression: `${hasClass('object')} || ${hasJudgedKey('object')} || (oldObject != null && ${hasFixedKey('oldObject')})`,
  },
  {
    name: 'new-or-annotations-changed',
    expression:
      'request.operation == "CREATE" || object.?metadata.?annotations.orValue({}) != oldObject.?metadata.?annotations.orValue({})',
  },
];

export function podEntry(path: WebhookEntry['path']): WebhookEntry {
  return {
    name: 'pods.shimgate.dev',
    path,
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: created, resources: ['pods'], scope: 'Namespaced' }],
    matchConditions: podConditions,
    failurePolicy: 'asInstalled',
    timeoutSeconds: 10,
  };
}

const annotationsChanged: MatchCondition = {
  name: 'annotations-changed',
  expression: 'object.?metadata.?annotations.orValue({}) != oldObject.?metadata.?annotations.orValue({})',
};

/**
 * The ways around an update of the pod: its status, whose writers can change annotations (kubelets never do), and bindings,
 * whose annotations are merged into the pod's (the scheduler's have none). Only the validating webhook looks at them, and
 * denies where it would restore: who writes there is a program.
 */
export const entriesForOtherAnnotationWrites: readonly WebhookEntry[] = [
  {
    ...podEntry('/validate'),
    name: 'status.pods.shimgate.dev',
    rules: [
      { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/status'], scope: 'Namespaced' },
    ],
    matchConditions: [annotationsChanged, ...podConditions.slice(0, 1)],
  },
  {
    ...podEntry('/validate'),
    name: 'bindings.shimgate.dev',
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['bindings', 'pods/binding'],
        scope: 'Namespaced',
      },
    ],
    matchConditions: [{ name: 'has-annotations', expression: 'object.?metadata.?annotations.orValue({}).size() > 0' }],
  },
];

/** An entry of its own: a namespaceSelector never leaves out what has no namespace. */
export function runtimeClassEntry(path: WebhookEntry['path']): WebhookEntry {
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
    failurePolicy: 'asInstalled',
    timeoutSeconds: 10,
  };
}

/** An entry of its own: where a deletion is only warned about, it is not held up while nobody answers. */
export function deletionEntry(runtimeClassDeletion: 'warn' | 'deny'): WebhookEntry {
  const entry = runtimeClassEntry('/validate');
  return {
    ...entry,
    name: 'deletion.runtimeclasses.shimgate.dev',
    rules: entry.rules.map((rule) => ({ ...rule, operations: ['DELETE'] })),
    failurePolicy: runtimeClassDeletion === 'deny' ? 'asInstalled' : 'Ignore',
  };
}

/** The condition that keeps a template away which was judged before. */
export const templateChanged = 'new-or-template-changed';

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
export const templateEntries: readonly (readonly [WebhookEntry, string])[] = (
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
