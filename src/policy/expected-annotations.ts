import {
  annotationsFor,
  isManagedKey,
  isShimgateKey,
  runtimeHandlerAnnotation,
  type AnnotationChoice,
} from '../shim/managed-annotations.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';

/** What a pod should carry, and which keys are not its author's to write. */
export type ExpectedAnnotations = {
  readonly annotations: ReadonlyMap<string, string>;
  /**
   * What may be there or not, and if it is, with this value. Another replica may have known other nodes a moment ago, and a
   * pod keeps what it was created with.
   */
  readonly optional: ReadonlyMap<string, string>;
  readonly isManaged: (key: string) => boolean;
  /** The patch that writes all of them, on a pod without annotations, once it was made. */
  readonly patch: PatchMemory;
};

/** A JSON Patch in base64 as an answer carries it, made when it is first needed and kept with what it writes. */
export type PatchMemory = { encoded: string | undefined };

const none: ReadonlyMap<string, string> = new Map();

/**
 * @param handler what containerd looks up; undefined where a pod names no class, and so gets none
 * @param gains whether the nodes are known to gain by the runtime handler annotation
 */
export function expectedAnnotations(
  handler: string | undefined,
  shim: ShimConfig | undefined,
  choice: AnnotationChoice,
  gains: boolean,
): ExpectedAnnotations {
  return {
    annotations: handler === undefined ? none : annotationsFor(handler, shim, choice, gains),
    optional:
      handler !== undefined && choice.runtimeHandlerAnnotation === 'auto'
        ? new Map([[runtimeHandlerAnnotation, handler]])
        : none,
    isManaged: (key) => isManagedKey(key, shim, choice),
    patch: { encoded: undefined },
  };
}

/** On what is exempt nothing is written, and nobody else may write under shimgate's name. */
export const expectedOfExempt: Readonly<ExpectedAnnotations> = {
  annotations: none,
  optional: none,
  isManaged: isShimgateKey,
  patch: Object.freeze({ encoded: undefined }),
};

/** Whether a pod may carry an annotation: as shimgate would write it, or where the key is the author's. */
export function isRight(
  { annotations, optional, isManaged }: ExpectedAnnotations,
  key: string,
  value: string,
): boolean {
  const right = annotations.get(key) ?? optional.get(key);
  return right === undefined ? !isManaged(key) : right === value;
}

/** What shimgate would write and is not there, although it has to be. */
export function missingKeys(
  { annotations, optional }: ExpectedAnnotations,
  current: Readonly<Record<string, string>>,
): readonly string[] {
  return [...annotations.keys()].filter((key) => !optional.has(key) && !Object.hasOwn(current, key));
}
