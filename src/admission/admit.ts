import type { FindingCode } from '../finding/codes.ts';
import { podQuestion, withUse } from '../policy/checks/runtime-class-deletion.ts';
import { defaultClassFor } from '../policy/default-class.ts';
import { evaluate, type Verdict } from '../policy/evaluate.ts';
import { classNameOf, type Phase, type Review } from '../policy/review.ts';
import type { World, WorldSource } from '../policy/world.ts';

/**
 * Judges a review in one of the two phases. Before denying for something that a watch may not have delivered yet, it reads
 * that from the API server once and judges again: a namespace that it does not know, before its rules are applied, and the
 * class and the configuration, before a pod is denied for them. It looks for the pods of a class that is to go. What needs
 * no second look is judged at once, without a promise.
 */
export function admitLive(review: Review, phase: Phase, world: World, source: WorldSource): Verdict | Promise<Verdict> {
  const { namespace } = review;
  const { readNamespace, findPods } = source;
  if (readNamespace !== undefined && namespace !== undefined && world.cluster.namespace(namespace) === undefined) {
    return readNamespace(namespace).then(() => judge(review, phase, source.current() ?? world, source));
  }
  const question = findPods === undefined ? undefined : podQuestion(review, phase, world.configuration);
  if (question === undefined || findPods === undefined) return judge(review, phase, world, source);
  return findPods(question).then((use) => judge(withUse(review, use), phase, source.current() ?? world, source));
}

function judge(review: Review, phase: Phase, world: World, source: WorldSource): Verdict | Promise<Verdict> {
  const verdict = evaluate(review, phase, world);
  const { subject } = review;
  if (source.reread === undefined || subject.kind !== 'Pod' || !mayBeStale(verdict)) return verdict;
  const className = classNameOf(subject.pod) ?? defaultClassFor(review, phase, world);
  // Where nobody can be asked, what memory says stands.
  return source.reread(className).then(
    () => evaluate(review, phase, source.current() ?? world),
    () => verdict,
  );
}

/** What is found of a class or a configuration that memory may hold in an older state than the API server. */
const codesOfStaleState: ReadonlySet<FindingCode> = new Set([
  'GuardedAnnotation',
  'RuntimeClassNotFound',
  'ManagedAnnotationWrong',
  'UndeclaredHandler',
  'UntrustedWorkloadRefused',
]);

function mayBeStale({ decision, findings }: Verdict): boolean {
  return (
    decision !== 'allow' && findings.some(({ code, severity }) => severity === 'error' && codesOfStaleState.has(code))
  );
}
