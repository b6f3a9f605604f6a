import type { Pod } from '../generated/objects.ts';
import { runtimeHandlerAnnotation, shimgateMarks } from '../shim/managed-annotations.ts';
import type { PodQuestion, PodUse } from './pod-use.ts';
import { annotationsOf, classNameOf } from './review.ts';

/** Who looks for pods may stop once there are as many, and so many handlers are named. */
const enough = 3;

/** Looks at pods, one after the other, to answer a question. Of a pod nothing is kept but its handler. */
export function podSearch(question: PodQuestion): {
  readonly look: (pod: Pod) => void;
  readonly isEnough: () => boolean;
  readonly found: (extent: PodUse['extent']) => PodUse;
} {
  const { className, otherHandlerThan } = question;
  const handlers = new Set<string | undefined>();
  let count = 0;
  return {
    look: (pod) => {
      if (classNameOf(pod) !== className || isFinished(pod)) return;
      if (otherHandlerThan !== undefined) {
        const handler = handlerOf(pod, question);
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
 * The handler that a pod was admitted for, as far as that is known: it is written when the pod is made, and fixed. Where the
 * annotation for containerd is not there, what shimgate wrote of the shim tells whether it is the one that is asked about.
 * Nothing tells it of a pod that was exempt, or made before shimgate was there.
 */
function handlerOf(
  pod: Pod,
  { otherHandlerThan, isAnnotationManaged = false, marks }: PodQuestion,
): string | undefined {
  const annotations = annotationsOf(pod);
  if (isAnnotationManaged && Object.hasOwn(annotations, runtimeHandlerAnnotation))
    return annotations[runtimeHandlerAnnotation];
  return marks !== undefined && shimgateMarks(Object.entries(annotations)) === marks ? otherHandlerThan : undefined;
}
