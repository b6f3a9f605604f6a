import type { Pod } from '../generated/objects.ts';
import { runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
import type { PodExample, PodQuestion, PodUse } from './pod-use.ts';
import { annotationsOf, classNameOf } from './review.ts';

/** So many are named; who looks for pods may stop once there are as many. */
const maxExamples = 3;

/** Looks at pods, one after the other, to answer a question. Of a pod that is not an example nothing is kept. */
export function podSearch({ className, otherHandlerThan }: PodQuestion): {
  readonly look: (pod: Pod) => void;
  readonly isEnough: () => boolean;
  readonly found: (extent: PodUse['extent']) => PodUse;
} {
  const examples: PodExample[] = [];
  let count = 0;
  return {
    look: (pod) => {
      if (classNameOf(pod) !== className || isFinished(pod)) return;
      const handler = handlerOf(pod);
      const isOfOtherHandler = pod.status?.phase === 'Running' && handler !== undefined && handler !== otherHandlerThan;
      if (otherHandlerThan !== undefined && !isOfOtherHandler) return;
      count++;
      if (examples.length === maxExamples) return;
      examples.push({ name: `${pod.metadata?.namespace ?? 'default'}/${pod.metadata?.name ?? ''}`, handler });
    },
    isEnough: () => count >= maxExamples,
    found: (extent) => ({ count, examples, extent }),
  };
}

/**
 * Whether a pod has run its course: it keeps its class, and never starts again. A pod that is being deleted still runs.
 *
 * Source: Kubernetes, Pod Lifecycle, "Pod phase".
 */
export function isFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function handlerOf(pod: Pod): string | undefined {
  const annotations = annotationsOf(pod);
  return Object.hasOwn(annotations, runtimeHandlerAnnotation) ? annotations[runtimeHandlerAnnotation] : undefined;
}
