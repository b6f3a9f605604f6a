import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import type { FindingCode } from '../../finding/codes.ts';
import { quote } from '../../finding/quote.ts';
import { isManagedKey } from '../../shim/managed-annotations.ts';
import { judgeSize } from './annotations-size.ts';
import { boundedFindings, boundedFindingsOf } from '../bounded-findings.ts';
import type { PodCase } from '../case.ts';
import { nothing, type AnnotationEdits, type Outcome, type PodCheck } from './check.ts';
import { exemptionOf } from '../exemptions.ts';
import { expectedOfExempt, isRight, missingKeys, type ExpectedAnnotations } from '../expected-annotations.ts';
import { followPod } from '../follow-pod.ts';
import { annotationsOf, isMirrorPod } from '../review.ts';

/**
 * The annotations that say which shim runs a pod are made here, from the class and the configuration, and by nobody
 * else. On CREATE they are written; on UPDATE the old object is the truth, never today's table. On a pod that is exempt
 * none is written; but what stands under shimgate.dev/ is shimgate's word wherever it stands, so such a pod may not bring
 * its own: on CREATE it is removed, on UPDATE it stays as it was. A pod that is being deleted still runs, and its node and
 * whoever looks at it still read them.
 */
export const podManagedAnnotations: PodCheck = {
  id: 'pod-managed-annotations',
  about: 'pods',
  reads: ['judged annotations', 'annotation size', 'mirror'],
  judgesGoing: true,
  codes: [
    'AnnotationsTooLarge',
    'ManagedAnnotationChanged',
    'ManagedAnnotationMissing',
    'ManagedAnnotationReplaced',
    'ManagedAnnotationRestored',
    'ManagedAnnotationWrong',
  ],
  evaluate: (given) => {
    const { phase, isNew, isTemplate, followed } = given;
    if (!isNew) {
      const changed = changedKeys(given, managedBefore(given));
      return phase === 'mutating' ? withSize(given, restore(given, changed)) : refuseChanges(given, changed);
    }
    const { expected } = followed;
    if (expected === undefined) return nothing;
    if (isTemplate) return { findings: withSize(given, writeAnnotations(given, expected)).findings };
    if (phase === 'validating') return judgeWritten(given, expected);
    return isLeftAlone(given) ? nothing : withSize(given, writeAnnotations(given, expected));
  },
  evaluateExempt: (given) => {
    const { phase, isNew, isTemplate } = given;
    if (phase === 'validating' || isTemplate) return nothing;
    if (!isNew) return restore(given, changedKeys(given, expectedOfExempt.isManaged));
    return isLeftAlone(given) ? nothing : writeAnnotations(given, expectedOfExempt);
  },
};

/** A mirror pod only reflects a static pod that already runs: an annotation would claim something the kubelet never did. */
function isLeftAlone({ review }: PodCase): boolean {
  return isMirrorPod(review);
}

function withSize(given: PodCase, outcome: Outcome): Outcome {
  const tooLarge = outcome.edits === undefined ? [] : judgeSize(given, outcome.edits);
  return tooLarge.length === 0 ? outcome : { ...outcome, findings: [...tooLarge, ...outcome.findings] };
}

function writeAnnotations(given: PodCase, expected: ExpectedAnnotations): Outcome & { edits: AnnotationEdits } {
  const { annotations, isManaged, patch } = expected;
  const current = annotationsOf(given.pod);
  const keys = Object.keys(current);
  // What is expected of the class is then all there is to write, with one patch for each of its pods.
  if (keys.length === 0) return { findings: [], edits: annotations, patch };
  const edits = new Map<string, string | null>();
  const told: (readonly [key: string, what: string])[] = [];
  for (const [key, value] of annotations) {
    const own = valueOf(current, key);
    if (own === value) continue;
    edits.set(key, value);
    if (own !== undefined) told.push([key, `${quote(own)} is replaced by ${quote(value)}`]);
  }
  for (const key of keys) {
    if (annotations.has(key) || !isManaged(key)) continue;
    edits.set(key, null);
    told.push([key, `${quote(current[key] ?? '')} is removed: only shimgate writes this key`]);
  }
  const ours = told.length === 0 ? noKeys : writtenRecently(given);
  const findings = told
    .filter(([key]) => !ours.has(key))
    .map(([key, what]) => note(given, 'ManagedAnnotationReplaced', key, what));
  return { findings: boundedFindings(findings, given.prefix), edits };
}

const noKeys: ReadonlySet<string> = new Set();

/**
 * Keys that are as shimgate wrote them a moment ago, by the configuration before: a policy of the API server that is not yet up to
 * date, or another replica. Whoever made the pod knows nothing of them, and is not told that they are replaced.
 */
function writtenRecently({ pod, world }: PodCase): ReadonlySet<string> {
  const current = annotationsOf(pod);
  const before = world.recent
    .flatMap((recent) => followPod(pod, recent).expected ?? [])
    .find(({ annotations }) => [...annotations].every(([key, value]) => valueOf(current, key) === value));
  return before === undefined ? noKeys : new Set(before.annotations.keys());
}

/** After all mutating webhooks have run: what is there must be right, what is missing is told. */
function judgeWritten(given: PodCase, expected: ExpectedAnnotations): Outcome {
  const { review, world, pod, subject, followed } = given;
  const current = annotationsOf(pod);
  const keys = Object.keys(current);
  const missing = missingKeys(expected, current);
  const isFine = (key: string) => isRight(expected, key, current[key] ?? '');
  if (missing.length === 0 && keys.every(isFine)) return nothing;
  // A replica that has not changed over may have written by another configuration, or left the pod as it was.
  if (world.recent.some(({ configuration }) => exemptionOf(review, configuration) !== undefined)) return nothing;
  const recent = world.recent.flatMap((before) => followPod(pod, before).expected ?? []);
  const wrong = keys
    .filter((key) => !isFine(key) && !recent.some((one) => isRight(one, key, current[key] ?? '')))
    .map((key) => {
      const right = expected.annotations.get(key);
      const truth = right === undefined ? 'only shimgate writes this key' : `it must be ${quote(right)}`;
      const what = `${quote(current[key] ?? '')} was written by a later webhook; ${truth}`;
      const found = note(given, 'ManagedAnnotationWrong', key, what);
      return isFirm(given, key) ? found : { ...found, severity: 'warning' as const };
    });
  const findings = boundedFindings(wrong);
  // A mirror pod lacks them because the mutating webhook left it alone.
  const isComplete = missing.length === 0 || recent.some((one) => missingKeys(one, current).length === 0);
  if (isComplete || isLeftAlone(given)) return { findings };
  // Set by a later webhook, or the call failed where failurePolicy is Ignore: which of the two cannot be seen from here.
  const cause = followed.className === undefined ? 'the annotation of the untrusted workload' : 'its class';
  const lacking = finding('ManagedAnnotationMissing', {
    field: 'metadata.annotations',
    subject,
    statement: {
      kind: 'predicate',
      links: 0,
      text: `: ${cause} did not reach the mutating webhook, so it lacks `,
      list: { items: missing, separator: ', ' },
    },
    shortFix: 'Create it again; if that does not help, set the class in the manifest.',
  });
  return { findings: [...findings, lacking] };
}

/**
 * What nodes say changes with each of them, and comes to each replica at another moment: what another one wrote a moment ago
 * must not be denied, or one node could keep pods from all others. An annotation that the configuration declares is not theirs.
 */
function isFirm({ world, followed }: PodCase, key: string): boolean {
  const { presence, shim } = followed;
  const isDeclared =
    shim?.source === 'configured' || shim?.source === 'class' || Object.hasOwn(shim?.annotations ?? {}, key);
  return presence === undefined || isDeclared || !world.cluster.asksNodes;
}

type Change = { readonly key: string; readonly before: string | undefined; readonly after: string | undefined };

/** Today's table only says which keys are managed; where the class is gone, those that every pod has. */
function managedBefore({ followed, world }: PodCase): (key: string) => boolean {
  return followed.expected?.isManaged ?? ((key) => isManagedKey(key, undefined, world.configuration));
}

/** Managed keys whose value differs from the old object's. */
function changedKeys({ pod, old }: PodCase, isManaged: (key: string) => boolean): readonly Change[] {
  const before = annotationsOf(old);
  const after = annotationsOf(pod);
  const changes: Change[] = [];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const change = { key, before: valueOf(before, key), after: valueOf(after, key) };
    if (change.before !== change.after && isManaged(key)) changes.push(change);
  }
  return changes;
}

function restore(given: PodCase, changes: readonly Change[]): Outcome {
  if (given.old === undefined || changes.length === 0) return nothing;
  const findings = boundedFindingsOf(changes, ({ key, before, after }) => {
    const change = after === undefined ? 'its removal is undone, it is' : `${quote(after)} is`;
    const what = before === undefined ? `${change} removed` : `${change} set back to ${quote(before)}`;
    return note(given, 'ManagedAnnotationRestored', key, `${what}: it is fixed when the pod is created`);
  });
  return {
    edits: new Map(changes.map(({ key, before }) => [key, before ?? null])),
    findings,
  };
}

function refuseChanges(given: PodCase, changes: readonly Change[]): Outcome {
  if (changes.length === 0) return nothing;
  const findings = boundedFindingsOf(changes, ({ key, before, after }) =>
    note(given, 'ManagedAnnotationChanged', key, `it may not change from ${show(before)} to ${show(after)}`),
  );
  return { findings };
}

function note({ subject, prefix }: PodCase, code: FindingCode, key: string, what: string): Finding {
  return finding(code, {
    field: annotationField(key, prefix),
    subject,
    statement: { kind: 'predicate', links: 0, text: `: annotation ${shownKey(key)}: ${what}` },
  });
}

/** Keys are a user's too, until the API server has validated them. */
function shownKey(key: string): string {
  return /^[\w./-]{1,128}$/.test(key) ? key : quote(key);
}

function show(value: string | undefined): string {
  return value === undefined ? 'nothing' : quote(value);
}

function valueOf(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
