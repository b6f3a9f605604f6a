import type { ClassAnswer, InProcessAnswers } from './in-process-answers.ts';
import { judgedKeyPattern } from './judged-key-pattern.ts';
import { podEntry, type MatchCondition } from './webhook-entries.ts';

/** The name of the condition by which the entries for pods leave out what is right already. */
export const rightAlreadyCondition = 'not-right-already';

/** The entries that have it, in the mutating and in the validating webhook configuration. */
export const sparedEntry = 'pods.shimgate.dev';

/**
 * The API server takes 100,000 characters an expression. Names of namespaces and users have what the classes leave.
 *
 * Source: Kubernetes, apiserver, pkg/cel/limits.go, MaxExpressionLength (code points).
 */
const maxCharacters = 95_000;
const maxNamesCharacters = 30_000;

/** Beyond these a pod is sent: looking at each could cost more than a condition may, and sizes are the webhook's to judge. */
const maxAnnotations = 256;
const maxAnnotationCharacters = 48_000;

const annotations = 'object.metadata.?annotations.orValue({})';
const className = 'object.spec.?runtimeClassName.orValue("")';
const mirror = '"kubernetes.io/config.mirror"';
const isForLinux =
  'object.spec.?os.?name.orValue("linux") == "linux" && object.spec.?nodeSelector[?"kubernetes.io/os"].orValue("linux") == "linux"';
/** Ephemeral containers come later, by an update. */
const asksForNoFeature = `object.spec.?hostUsers.orValue(true) && [object.spec.?initContainers.orValue([]), object.spec.containers].all(l, l.all(c, c.?volumeMounts.orValue([]).all(m, m.?recursiveReadOnly.orValue("") != "Enabled")))`;
const judged = JSON.stringify(judgedKeyPattern);
/** The sum counts Unicode characters, each of which has at most four bytes of the API server's 256 KiB. */
const isSmall = `a.size() <= ${maxAnnotations} && a.map(k, k.size() + a[k].size()).sum() <= ${maxAnnotationCharacters}`;

/**
 * The condition that keeps a pod from both webhooks: it is created, and carries already what its class gives, and nothing
 * else that is judged. It proves, and does not trust: whoever wrote the annotations, they are right. It never fails.
 */
export function notRightAlready(answers: InProcessAnswers): MatchCondition {
  const { classes } = answers;
  const table = literalOf(classes);
  const isSpared = [
    ...whereAnswered(answers),
    `[${table}].exists(t, ${className} in t && [t[${className}]].exists(e, [${annotations}].exists(a, e.all(k, k in a && a[k] == e[k]) && ${isSmall} && !(${mirror} in a) && a.all(k, k in e || !k.matches(${judged})))))`,
    isForLinux,
    asksForNoFeature,
  ];
  return {
    name: rightAlreadyCondition,
    expression: classes.size === 0 ? 'true' : `request.operation != "CREATE" || !(${isSpared.join(' && ')})`,
  };
}

/** In which namespaces, and of whose pods, the answers hold: elsewhere others would be right, or none, as where pods are exempt. */
function whereAnswered({ namespaces, usernames }: Omit<InProcessAnswers, 'classes'>): readonly string[] {
  return [
    `${namespaces.are === 'only' ? '' : '!'}(request.namespace in ${JSON.stringify(namespaces.names)})`,
    ...(usernames.length === 0 ? [] : [`!(request.userInfo.username in ${JSON.stringify(usernames)})`]),
  ];
}

/** The annotations of classes, by class: JSON is a literal of CEL too. */
function literalOf(classes: InProcessAnswers['classes']): string {
  return JSON.stringify(Object.fromEntries([...classes].map(([name, answer]) => [name, answer.annotations])));
}

const ownConditions: ReadonlySet<string> = new Set([
  ...(podEntry('/mutate').matchConditions ?? []).map(({ name }) => name),
  rightAlreadyCondition,
]);

/** What is read of the entries of a webhook configuration. */
type StoredEntries = readonly { readonly name: string; readonly matchConditions?: readonly MatchCondition[] | null }[];

function entryForPods(entries: StoredEntries | null | undefined): StoredEntries[number] | undefined {
  return entries?.find(({ name }) => name === sparedEntry);
}

/**
 * The expression by which the entry for pods leaves out what is right already; `true`, which leaves out nothing, where it has no such
 * condition, and undefined where there is no such entry.
 */
export function rightAlreadyExpression(entries: StoredEntries | null | undefined): string | undefined {
  const entry = entryForPods(entries);
  return entry && (entry.matchConditions?.find(({ name }) => name === rightAlreadyCondition)?.expression ?? 'true');
}

/**
 * Whether the conditions of all these webhook configurations answer for a class: in JSON, which their tables are, a text cannot
 * hold what begins an entry.
 */
export function isAnsweredBy(
  configurations: readonly (StoredEntries | null | undefined)[],
  className: string,
): boolean {
  const expressions = configurations.flatMap((entries) => rightAlreadyExpression(entries) ?? []);
  return expressions.length > 0 && expressions.every((one) => one.includes(`${JSON.stringify(className)}:{`));
}

/** The entry for pods, as far as it changes where it is to leave out other pods. */
export function entryLeavingOut(expression: string): StoredEntries[number] {
  return { name: sparedEntry, matchConditions: [{ name: rightAlreadyCondition, expression }] };
}

/** The conditions of the entry for pods that an admin has added: what they keep from shimgate nobody writes on. */
export function addedConditions(entries: StoredEntries | null | undefined): readonly MatchCondition[] {
  return (entryForPods(entries)?.matchConditions ?? []).filter(({ name }) => !ownConditions.has(name));
}

/**
 * What stands in the spec of the MutatingAdmissionPolicy: it writes what the classes give, and decides nothing.
 *
 * @param added conditions that an admin has added to the entry for pods
 */
export function mutatingPolicySpec(
  answers: InProcessAnswers,
  added: readonly MatchCondition[] = [],
): { readonly matchConditions: readonly MatchCondition[] } & Readonly<Record<string, unknown>> {
  const { classes } = answers;
  const table = literalOf(classes);
  return {
    failurePolicy: 'Ignore',
    reinvocationPolicy: 'Never',
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
    // One, and not several: the API server evaluates each of several whatever the others say, and twice where it mutates.
    matchConditions: [
      {
        name: 'has-answer-and-nothing-to-judge',
        expression: `${whereAnswered(answers).join(' && ')} && [${table}].exists(t, ${className} in t && [${annotations}].exists(a, !t[${className}].exists(k, k in a) && ${isSmall} && !(${mirror} in a) && !a.exists(k, k.matches(${judged})))) && ${isForLinux}`,
      },
      ...added.map(({ name, expression }) => ({ name, expression })),
    ],
    variables: [{ name: 'write', expression: `${table}[${className}]` }],
    mutations: [
      {
        patchType: 'JSONPatch',
        jsonPatch: {
          expression: `${annotations}.size() == 0 ? [JSONPatch{op: "add", path: "/metadata/annotations", value: variables.write}] : variables.write.map(k, JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey(k), value: variables.write[k]})`,
        },
      },
    ],
  };
}

/**
 * What stands in the spec of the interlock: a class that is answered for cannot be made anew with another handler until the
 * answers have changed. The handler of a class is immutable otherwise, so that answers are never about another one.
 */
export function interlockSpec(handlers: ReadonlyMap<string, string>): object {
  const isOther =
    'object.metadata.name in variables.handlers && variables.handlers[object.metadata.name] != object.handler';
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['node.k8s.io'],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['runtimeclasses'],
        },
      ],
    },
    variables: [{ name: 'handlers', expression: JSON.stringify(Object.fromEntries(handlers)) }],
    validations: [
      {
        expression: `!(${isOther})`,
        messageExpression:
          '"RuntimeClass " + object.metadata.name + ": pods of it still get the answers of handler \\"" + variables.handlers[object.metadata.name] + "\\". Try again in a moment. [AnswersNotYetUpdated]"',
        reason: 'Forbidden',
      },
    ],
  };
}

/**
 * As many of the classes as an expression holds, in the order of their names; none where the namespaces alone are too many. What is left out is
 * sent.
 */
export function fitting(answers: InProcessAnswers): InProcessAnswers {
  const { namespaces, usernames } = answers;
  const names = charactersOf(namespaces.names) + charactersOf(usernames);
  let left =
    names > maxNamesCharacters
      ? 0
      : maxCharacters - names - charactersOf(notRightAlready({ ...answers, classes: new Map() }));
  const classes = new Map<string, ClassAnswer>();
  for (const [name, answer] of answers.classes) {
    const characters = charactersOf({ [name]: answer });
    if (characters > left || hasLoneSurrogate(name, answer)) continue;
    left -= characters;
    classes.set(name, answer);
  }
  return { ...answers, classes };
}

function charactersOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/** CEL has no way to write one. */
function hasLoneSurrogate(name: string, { annotations }: ClassAnswer): boolean {
  return !JSON.stringify([name, annotations]).isWellFormed() || /\\ud[89a-f]/.test(JSON.stringify(annotations));
}

/** What the interlock of these variables says; nothing where it is none that we wrote. */
export function handlersOf(
  variables: readonly { readonly name: string; readonly expression: string }[] = [],
): ReadonlyMap<string, string> {
  const expression = variables.find(({ name }) => name === 'handlers')?.expression ?? '{}';
  try {
    return new Map(Object.entries(JSON.parse(expression) as Record<string, string>));
  } catch {
    return new Map();
  }
}
