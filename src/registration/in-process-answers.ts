import { isDeepStrictEqual } from 'node:util';
import type { Namespace, Pod, RuntimeClass } from '../generated/objects.ts';
import { applyVerdict } from '../admission/annotation-patch.ts';
import { podCase } from '../policy/case.ts';
import { everyCheck, type CheckSet } from '../policy/checks/checks.ts';
import { evaluate, type Verdict } from '../policy/evaluate.ts';
import { labelledMode } from '../policy/mode.ts';
import type { Review } from '../policy/review.ts';
import type { World } from '../policy/world.ts';

/** What a pod of a class gets, and the handler that this holds for. */
export type ClassAnswer = { readonly handler: string; readonly annotations: Readonly<Record<string, string>> };

/**
 * Which pods need not be sent: those of these classes, once they carry just these annotations, in namespaces and by users
 * for which that is so.
 */
export type InProcessAnswers = {
  /** By class, sorted by its name. */
  readonly classes: ReadonlyMap<string, ClassAnswer>;
  readonly namespaces: SparedNamespaces;
  /** Whose pods are sent, sorted. */
  readonly usernames: readonly string[];
};

/** `but`: all but some, also such as are yet to be made; `only`: none but those that are known, where rules go by the namespace. */
export type SparedNamespaces = { readonly are: 'but' | 'only'; readonly names: readonly string[] };

/** The objects that answers are compiled for. */
export type InProcessScope = {
  readonly classes: Iterable<RuntimeClass>;
  readonly namespaces: Iterable<Namespace>;
};

/** Every pod is sent. */
export const noAnswers: InProcessAnswers = {
  classes: new Map(),
  namespaces: { are: 'only', names: [] },
  usernames: [],
};

/**
 * Compiles for which pods both webhooks allow all and say nothing. The checks themselves decide: an ordinary pod of each class
 * is judged in both phases. What is not known to hold for every other pod that the API server can tell to be like
 * that one is not answered, so that such pods are sent. A check that does not say what it reads has all pods sent.
 */
export function compileAnswers(world: World, scope: InProcessScope, checks: CheckSet = everyCheck): InProcessAnswers {
  if (checks.pods.some(({ reads }) => reads === undefined)) return noAnswers;
  const classes = new Map<string, ClassAnswer>();
  for (const { metadata } of scope.classes) {
    const name = metadata?.name ?? '';
    const answer = answerFor(name, undefined, world, checks);
    if (answer !== undefined) classes.set(name, answer);
  }
  if (classes.size === 0) return noAnswers;
  const { exemptions, namespaceRules } = world.configuration;
  const isByRule = namespaceRules.some(({ allowedRuntimeClassNames }) => allowedRuntimeClassNames !== undefined);
  const spared = sparing(classes, world, checks);
  const names = [...scope.namespaces].flatMap(({ metadata }) => metadata?.name ?? []);
  return {
    classes: new Map([...classes].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    namespaces: {
      are: isByRule ? 'only' : 'but',
      names: [
        ...new Set(
          isByRule ? names.filter(spared) : [...names, ...exemptions.namespaces].filter((name) => !spared(name)),
        ),
      ].toSorted(),
    },
    usernames: [...exemptions.usernames].toSorted(),
  };
}

/** Tells of namespaces whether the answers of all classes hold there; those with the same rule and mode label are alike. */
function sparing(
  classes: ReadonlyMap<string, ClassAnswer>,
  world: World,
  checks: CheckSet,
): (namespace: string) => boolean {
  const known = new Map<string, boolean>();
  return (namespace) => {
    const isExempt = world.configuration.exemptions.namespaces.includes(namespace);
    const kind = JSON.stringify([isExempt, world.ruleFor(namespace)?.index, labelledMode(namespace, world)]);
    let isSpared = known.get(kind);
    if (isSpared === undefined) {
      isSpared = [...classes].every(([name, answer]) =>
        isDeepStrictEqual(answerFor(name, namespace, world, checks), answer),
      );
      known.set(kind, isSpared);
    }
    return isSpared;
  };
}

/** What ordinary pods of a class get in a namespace; undefined where anything is to be said of one, or they do not get the same. */
function answerFor(
  className: string,
  namespace: string | undefined,
  world: World,
  checks: CheckSet,
): ClassAnswer | undefined {
  const [answer, ...others] = ordinarySpecs.map((spec) =>
    answerForPod(ordinaryPod({ ...spec, runtimeClassName: className }, namespace), world, checks),
  );
  return others.every((other) => isDeepStrictEqual(other, answer)) ? answer : undefined;
}

/** The API server tells pods for Linux from others, and not those that say so from those that say nothing. */
const ordinarySpecs: readonly NonNullable<Pod['spec']>[] = [
  {},
  { os: { name: 'linux' } },
  { nodeSelector: { 'kubernetes.io/os': 'linux' } },
];

function answerForPod(review: Review, world: World, checks: CheckSet): ClassAnswer | undefined {
  const first = evaluate(review, 'mutating', world, checks);
  if (!isSilent(first)) return undefined;
  const written = applyVerdict(review, first);
  const second = evaluate(written, 'validating', world, checks);
  const given = podCase(written, 'validating', world);
  if (!isSilent(second) || second.edits.size > 0 || given?.followed.handler === undefined) return undefined;
  if (!checks.pods.every(({ isSettled }) => isSettled === undefined || isSettled(given))) return undefined;
  const annotations = [...first.edits].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  return { handler: given.followed.handler, annotations: Object.fromEntries(annotations) };
}

function isSilent({ decision, findings, defaultClass }: Verdict): boolean {
  return decision === 'allow' && findings.length === 0 && defaultClass === undefined;
}

/** A pod that says nothing but this that any check reads. */
function ordinaryPod(spec: NonNullable<Pod['spec']>, namespace: string | undefined): Review {
  return {
    operation: 'CREATE',
    subject: { kind: 'Pod', pod: { metadata: {}, spec }, old: undefined },
    object: 'Pod',
    namespace,
    username: '',
    groups: [],
    request: { uid: '', kind: { group: '', version: 'v1', kind: 'Pod' }, resource: 'pods', name: undefined },
  };
}
