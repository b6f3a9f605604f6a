import type { Pod } from '../generated/objects.ts';
import { runtimeHandlerAnnotation } from '../shim/managed-annotations.ts';
import type { PodQuestion, PodUse } from './pod-use.ts';
import { annotationsOf, classNameOf } from './review.ts';

/** Who looks for pods may stop once there are as many, and so many handlers are named. */
const enough = 3;

/** Looks at pods, one after the other, to answer a question. Of a pod nothing is kept but its handler. */
export function podSearch({ className, otherHandlerThan }: PodQuestion): {
  readonly look: (pod: Pod) => void;
  readonly isEnough: () => boolean;
  readonly found: (extent: PodUse['extent']) => PodUse;
} {
  const handlers = new Set<string | undefined>();
  let count = 0;
  return {
    look: (pod) => {
      if (classNameOf(pod) !== className || isFinished(pod)) return;
      if (otherHandlerThan !== undefined) {
        const handler = handlerOf(pod);
        if (!isAdmitted(pod) || handler === otherHandlerThan) return;
        if (handlers.size < enough) handlers.add(handler);
      }
      count++;
    },
    isEnough: () => count >= enough,
    found: (extent) => ({ count, handlers: [...handlers], extent }),
  };
}

/** Whether a pod is stored, and not one that a manifest is to make: the API server gives each a phase. */
function isAdmitted({ status }: Pod): boolean {
  return (status?.phase ?? '') !== '';
}

/**
 * Whether a pod has run its course: it keeps its class, and never starts again. A pod that is being deleted still runs.
 *
 * Source: Kubernetes, Pod Lifecycle, "Pod phase".
 */
export function isFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/**
 * The handler that a pod was admitted for, as far as that is known: it is written when the pod is made, and fixed. Nothing
 * tells it of a pod that was exempt, or made where this annotation is turned off or before shimgate was there.
 */
function handlerOf(pod: Pod): string | undefined {
  const annotations = annotationsOf(pod);
  return Object.hasOwn(annotations, runtimeHandlerAnnotation) ? annotations[runtimeHandlerAnnotation] : undefined;
}
