import { annotationField } from '../finding/field-path.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { quote, quoteUnlessPlain } from '../finding/quote.ts';
import type { Pod } from '../generated/objects.ts';
import { boundedFindings } from '../policy/bounded-findings.ts';
import { defaultClassFor } from '../policy/default-class.ts';
import { exemptionOf } from '../policy/exemptions.ts';
import { isFinished } from '../policy/pod-use.ts';
import { isUntrustedWorkload, podRuntime } from '../policy/pod-runtime.ts';
import { annotationsOf, classNameOf, type Review } from '../policy/review.ts';
import type { World } from '../policy/world.ts';
import { annotationsFor, isManagedKey, isShimgateKey, runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
import type { Inventory } from './inventory.ts';

/**
 * How a pod that is there compares with what the webhook would have made of it, and with the node that it runs on.
 *
 * @param review of its creation, in the mutating phase
 */
export function judgePodAsItIs(review: Review, pod: Pod, world: World, inventory: Inventory): readonly Finding[] {
  const node = judgeNode(review, pod, world, inventory);
  if (exemptionOf(review, world) !== undefined) return [...judgeExempt(review, pod), ...node];
  return [...judgeAnnotations(review, pod, world), ...judgeDefaultClass(review, pod, world), ...node];
}

/** Nothing is written on what is exempt, and nobody else may write under shimgate's name. */
function judgeExempt(review: Review, pod: Pod): readonly Finding[] {
  const notes = Object.entries(annotationsOf(pod))
    .filter(([key]) => isShimgateKey(key))
    .map(([key, value]) =>
      note(review, 'SpoofedManagedAnnotation', key, `${quote(value)} is not shimgate's: the pod is exempt.`),
    );
  return boundedFindings(notes, review.object);
}

function judgeAnnotations(review: Review, pod: Pod, world: World): readonly Finding[] {
  const choice = world.configuration;
  const current = Object.entries(annotationsOf(pod));
  const { name, shim, hasClass } = podRuntime(pod, world);
  if (!hasClass && !isUntrustedWorkload(pod)) {
    const notes = current
      .filter(([key]) => isManagedKey(key, undefined, choice))
      .map(([key, value]) =>
        note(
          review,
          'SpoofedManagedAnnotation',
          key,
          `${quote(value)} is not shimgate's: the pod has no RuntimeClass.`,
        ),
      );
    return boundedFindings(notes, review.object);
  }
  // Of a class that is not there nothing can be said; the pod itself was judged for that.
  if (name === undefined) return [];
  const expected = annotationsFor(name, shim, choice);
  const notes = current.flatMap(([key, value]) => {
    const right = expected.get(key);
    if (value === right || (right === undefined && !isManagedKey(key, shim, choice))) return [];
    if (key === runtimeHandlerAnnotation) {
      const whose = hasClass ? `RuntimeClass ${quote(classNameOf(pod) ?? '')}` : 'an untrusted workload';
      const what = `it says ${quote(value)}, but the handler of ${whose} is ${quote(name)}.`;
      return [note(review, 'SpoofedManagedAnnotation', key, what)];
    }
    const today = right === undefined ? 'would not be there' : `would be ${quote(right)}`;
    return [note(review, 'StaleManagedAnnotation', key, `it says ${quote(value)}, and ${today} today.`)];
  });
  const wrong = boundedFindings(notes, review.object);
  const missing = [...expected.keys()].filter((key) => !current.some(([own]) => own === key));
  if (missing.length === 0 || isStatic(pod) || isFinished(pod)) return wrong;
  const list = missing.join(', ');
  if (missing.length === expected.size) {
    const message = `${review.object} has none of the annotations that shimgate writes: ${list}.`;
    return [...wrong, finding('NotAnnotated', { field: 'metadata.annotations', message })];
  }
  const message = `${review.object} lacks what shimgate would write today: ${list}.`;
  return [...wrong, finding('StaleManagedAnnotation', { field: 'metadata.annotations', message })];
}

function judgeDefaultClass(review: Review, pod: Pod, world: World): readonly Finding[] {
  const className = isStatic(pod) || isFinished(pod) ? undefined : defaultClassFor(review, world);
  if (className === undefined) return [];
  const message = `${review.object} names no RuntimeClass and would get ${quote(className)} today.`;
  return [finding('DefaultClassNotApplied', { field: 'spec.runtimeClassName', message })];
}

function judgeNode(review: Review, pod: Pod, world: World, inventory: Inventory): readonly Finding[] {
  const nodeName = pod.spec?.nodeName ?? '';
  const className = classNameOf(pod);
  const runtimeClass = className === undefined ? undefined : world.runtimeClass(className);
  const handlers = inventory.nodes.get(nodeName)?.value.status?.runtimeHandlers ?? [];
  if (runtimeClass === undefined || handlers.length === 0 || isFinished(pod)) return [];
  const handler = runtimeClass.handler ?? '';
  if (handlers.some(({ name }) => name === handler)) return [];
  const phase = pod.status?.phase === 'Running' ? 'runs on' : 'is bound to';
  const message = `${review.object} ${phase} node ${quoteUnlessPlain(nodeName)}, which does not have handler ${quote(handler)} of RuntimeClass ${quote(className ?? '')}.`;
  return [finding('NodeWithoutHandler', { field: 'spec.nodeName', message })];
}

/** The API server's image of a static pod is left as it is by the webhook. Whoever may forge that only loses a hint. */
function isStatic(pod: Pod): boolean {
  return Object.hasOwn(annotationsOf(pod), 'kubernetes.io/config.mirror');
}

function note(
  { object }: Review,
  code: 'SpoofedManagedAnnotation' | 'StaleManagedAnnotation',
  key: string,
  what: string,
): Finding {
  return finding(code, {
    field: annotationField(key),
    message: `${object}: annotation ${quoteUnlessPlain(key)}: ${what}`,
  });
}
