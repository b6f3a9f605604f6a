import { annotationsFor, isManagedKey, isShimgateKey, type AnnotationChoice } from '../shim/managed-annotations.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';

/** What a pod should carry, and which keys are not its author's to write. */
export type ExpectedAnnotations = {
  readonly annotations: ReadonlyMap<string, string>;
  readonly isManaged: (key: string) => boolean;
  /** The patch that writes all of them, on a pod without annotations, once it was made. */
  readonly patch: PatchMemory;
};

/** A JSON Patch in base64 as an answer carries it, made when it is first needed and kept with what it writes. */
export type PatchMemory = { encoded: string | undefined };

/** @param handler what containerd looks up; undefined where a pod names no class, and so gets none */
export function expectedAnnotations(
  handler: string | undefined,
  shim: ShimConfig | undefined,
  choice: AnnotationChoice,
): ExpectedAnnotations {
  return {
    annotations: handler === undefined ? new Map() : annotationsFor(handler, shim, choice),
    isManaged: (key) => isManagedKey(key, shim, choice),
    patch: { encoded: undefined },
  };
}

/** On what is exempt nothing is written, and nobody else may write under shimgate's name. */
export const expectedOfExempt: Readonly<ExpectedAnnotations> = {
  annotations: new Map(),
  isManaged: isShimgateKey,
  patch: Object.freeze({ encoded: undefined }),
};

/** Whether a pod may carry an annotation: as shimgate would write it, or where the key is the author's. */
export function isRight({ annotations, isManaged }: ExpectedAnnotations, key: string, value: string): boolean {
  const right = annotations.get(key);
  return right === undefined ? !isManaged(key) : right === value;
}

/** What shimgate would write and is not there. */
export function missingKeys(
  { annotations }: ExpectedAnnotations,
  current: Readonly<Record<string, string>>,
): readonly string[] {
  return [...annotations.keys()].filter((key) => !Object.hasOwn(current, key));
}
