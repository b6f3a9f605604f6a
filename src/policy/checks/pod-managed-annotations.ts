import { annotationField } from '../../finding/field-path.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import type { FindingCode } from '../../finding/codes.ts';
import { quote } from '../../finding/quote.ts';
import type { Pod } from '../../generated/objects.ts';
import { annotationsFor, isManagedKey, type AnnotationChoice } from '../../shim/managed-annotations.ts';
import type { ShimConfig } from '../../shim/runtimes-table.ts';
import { judgeSize } from './annotations-size.ts';
import { boundedFindings } from '../bounded-findings.ts';
import { exemptionOf } from '../exemptions.ts';
import { isUntrustedWorkload, podRuntime, untrustedRuntime } from '../pod-runtime.ts';
import { nothing, type AnnotationEdits, type Outcome, type Check } from './check.ts';
import { resolveHandler, type HandlerResolution } from '../resolve-handler.ts';
import { annotationsOf, classNameOf, isMirrorPod, podPrefix, type Review } from '../review.ts';
import type { World } from '../world.ts';

/**
 * The annotations that say which shim runs a pod are made here, from the class and the configuration, and by nobody
 * else. On CREATE they are written; on UPDATE the old object is the truth, never today's table.
 */
export const podManagedAnnotations: Check = {
  id: 'pod-managed-annotations',
  codes: [
    'AnnotationsTooLarge',
    'ManagedAnnotationChanged',
    'ManagedAnnotationMissing',
    'ManagedAnnotationReplaced',
    'ManagedAnnotationRestored',
    'ManagedAnnotationWrong',
  ],
  evaluate: (review, world) => {
    const { subject, phase, operation } = review;
    if (subject.kind === 'template') {
      const expected = expectedAnnotations(subject.pod, world);
      return expected === undefined
        ? nothing
        : { findings: withSize(review, subject.pod, writeAnnotations(review, subject.pod, expected)).findings };
    }
    if (subject.kind !== 'Pod') return nothing;
    if (operation === 'UPDATE') {
      const changed = changedKeys(subject.pod, subject.old, world);
      return phase === 'mutating'
        ? withSize(review, subject.pod, restore(review, subject.old, changed))
        : refuseChanges(review, changed);
    }
    if (operation !== 'CREATE') return nothing;
    const expected = expectedAnnotations(subject.pod, world);
    if (expected === undefined) return nothing;
    // A mirror pod already runs: writing to its image in the API server would tell a tale.
    if (phase === 'mutating') {
      if (isMirrorPod(review)) return nothing;
      return withSize(review, subject.pod, writeAnnotations(review, subject.pod, expected));
    }
    return wasExempt(review, world) ? nothing : { findings: judgeWritten(review, subject.pod, expected, world) };
  },
};

function withSize(review: Review, pod: Pod, outcome: Outcome): Outcome {
  const tooLarge = judgeSize(review, pod, outcome.edits);
  return tooLarge.length === 0 ? outcome : { ...outcome, findings: [...tooLarge, ...outcome.findings] };
}

/** What a pod should carry, and which keys are not its author's to write. */
type Expected = {
  readonly annotations: ReadonlyMap<string, string>;
  readonly isManaged: (key: string) => boolean;
};

/** Undefined where the class is not known: the pod is refused, and nothing can be said about its annotations. */
function expectedAnnotations(pod: Pod, world: World): Expected | undefined {
  const choice = world.configuration;
  const className = classNameOf(pod);
  if (className === undefined && isUntrustedWorkload(pod)) {
    const { shim } = podRuntime(pod, world);
    return { annotations: annotationsFor(untrustedRuntime, shim, choice), isManaged: managedBy(shim, choice) };
  }
  if (className === undefined) return { annotations: new Map(), isManaged: managedBy(undefined, choice) };
  const runtimeClass = world.runtimeClass(className);
  if (runtimeClass === undefined) return undefined;
  const resolution = resolveHandler(runtimeClass, world);
  const last = expectedOf.get(resolution);
  if (last?.choice === choice) return last;
  const { handler, shim } = resolution;
  const expected = { choice, annotations: annotationsFor(handler, shim, choice), isManaged: managedBy(shim, choice) };
  expectedOf.set(resolution, expected);
  return expected;
}

/** What was expected last of pods whose class was resolved so. */
const expectedOf = new WeakMap<HandlerResolution, Expected & { readonly choice: AnnotationChoice }>();

function managedBy(shim: ShimConfig | undefined, choice: AnnotationChoice): (key: string) => boolean {
  return (key) => isManagedKey(key, shim, choice);
}

function writeAnnotations(
  review: Review,
  pod: Pod,
  { annotations, isManaged }: Expected,
): Outcome & { edits: AnnotationEdits } {
  const current = annotationsOf(pod);
  // What is expected of the class is then all there is to write, and the same object for each of its pods.
  if (Object.keys(current).length === 0) return { findings: [], edits: annotations };
  const edits = new Map<string, string | null>();
  const findings: Finding[] = [];
  for (const [key, value] of annotations) {
    const own = valueOf(current, key);
    if (own === value) continue;
    edits.set(key, value);
    if (own !== undefined)
      findings.push(note(review, 'ManagedAnnotationReplaced', key, `${quote(own)} is replaced by ${quote(value)}.`));
  }
  for (const key of Object.keys(current)) {
    if (annotations.has(key) || !isManaged(key)) continue;
    edits.set(key, null);
    findings.push(
      note(
        review,
        'ManagedAnnotationReplaced',
        key,
        `${quote(current[key] ?? '')} is removed: only shimgate writes this key.`,
      ),
    );
  }
  return { findings: boundedFindings(findings, review.object, podPrefix(review)), edits };
}

/** After all mutating webhooks have run: what is there must be right, what is missing is told. */
function judgeWritten(review: Review, pod: Pod, expected: Expected, world: World): readonly Finding[] {
  const current = annotationsOf(pod);
  const recent = world.recentConfigurations.flatMap(
    (configuration) => expectedAnnotations(pod, { ...world, configuration }) ?? [],
  );
  const isRight = ({ annotations, isManaged }: Expected, key: string, value: string) =>
    annotations.has(key) ? annotations.get(key) === value : !isManaged(key);
  const wrong = Object.entries(current).filter(
    ([key, value]) => ![expected, ...recent].some((one) => isRight(one, key, value)),
  );
  const notes = wrong.map(([key, value]) => {
    const right = expected.annotations.get(key);
    const truth = right === undefined ? 'only shimgate writes this key' : `it must be ${quote(right)}`;
    return note(
      review,
      'ManagedAnnotationWrong',
      key,
      `${quote(value)} was written after shimgate had its turn; ${truth}.`,
    );
  });
  const findings = boundedFindings(notes, review.object);
  const isComplete = [expected, ...recent].some((one) => missingKeys(one, current).length === 0);
  // A mirror pod lacks them because the mutating webhook left it alone.
  if (isComplete || isMirrorPod(review)) return findings;
  const missing = missingKeys(expected, current);
  const [first = '', ...others] = missing;
  const cause = classNameOf(pod) === undefined ? 'the annotation of the untrusted workload' : 'its class';
  const lacks = `${review.object}: ${cause} was set after shimgate had its turn, so it lacks`;
  const brief = {
    message: `${lacks} ${first}${others.length === 0 ? '' : ` and ${others.length} more`}.`,
    fix: 'Set the class in the manifest, or let its webhook run before shimgate.',
  };
  const message = `${lacks} ${missing.join(', ')}.`;
  return [...findings, finding('ManagedAnnotationMissing', { field: 'metadata.annotations', message, brief })];
}

/** Whether a replica that has not changed over may have left the pod as it was. */
function wasExempt(review: Review, world: World): boolean {
  return world.recentConfigurations.some(
    (configuration) => exemptionOf(review, { ...world, configuration }) !== undefined,
  );
}

function missingKeys({ annotations }: Expected, current: Readonly<Record<string, string>>): readonly string[] {
  return [...annotations.keys()].filter((key) => !Object.hasOwn(current, key));
}

type Change = { readonly key: string; readonly before: string | undefined; readonly after: string | undefined };

/** Managed keys whose value differs from the old object's. Today's table only says which keys are managed. */
function changedKeys(pod: Pod, old: Pod | undefined, world: World): readonly Change[] {
  const before = annotationsOf(old);
  const after = annotationsOf(pod);
  const changes: Change[] = [];
  let isManaged: ((key: string) => boolean) | undefined;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const change = { key, before: valueOf(before, key), after: valueOf(after, key) };
    if (change.before === change.after) continue;
    isManaged ??= expectedAnnotations(old ?? pod, world)?.isManaged ?? managedBy(undefined, world.configuration);
    if (isManaged(key)) changes.push(change);
  }
  return changes;
}

function restore(review: Review, old: Pod | undefined, changes: readonly Change[]): Outcome {
  if (old === undefined || changes.length === 0) return nothing;
  const notes = changes.map(({ key, before, after }) => {
    const change = after === undefined ? 'its removal is undone, it is' : `${quote(after)} is`;
    const what = before === undefined ? `${change} removed` : `${change} set back to ${quote(before)}`;
    return note(review, 'ManagedAnnotationRestored', key, `${what}: it is fixed when the pod is created.`);
  });
  return {
    edits: new Map(changes.map(({ key, before }) => [key, before ?? null])),
    findings: boundedFindings(notes, review.object),
  };
}

function refuseChanges(review: Review, changes: readonly Change[]): Outcome {
  const notes = changes.map(({ key, before, after }) =>
    note(review, 'ManagedAnnotationChanged', key, `it may not change from ${show(before)} to ${show(after)}.`),
  );
  return { findings: boundedFindings(notes, review.object) };
}

function note(review: Review, code: FindingCode, key: string, what: string): Finding {
  return finding(code, {
    field: annotationField(key, podPrefix(review)),
    message: `${review.object}: annotation ${shownKey(key)}: ${what}`,
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
