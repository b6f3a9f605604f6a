import type { InjectedAnnotation } from '../generated/configuration.ts';
import { canonicalJson } from './json-value.ts';
import { declaredNames, resolveRuntimeName, type RuntimesTable, type ShimConfig } from './runtimes-table.ts';

/**
 * The annotation by which containerd learns an image's runtime when it pulls, and so uses that runtime's own snapshotter;
 * the kubelet passes the handler itself only under an alpha feature gate. What it does depends on version and settings:
 * `runtimeHandlerAtPull` knows.
 *
 * Source: containerd, internal/cri/annotations/annotations.go, RuntimeHandler; kata-containers issue 8377.
 */
export const runtimeHandlerAnnotation = 'io.containerd.cri.runtime-handler';

/** The annotation by which a RuntimeClass names the shim of a handler that no table declares. A claim, never read by containerd. */
export const declaredRuntimeTypeAnnotation = 'shimgate.dev/declared-runtime-type';

/** Which annotations are written; an admin may leave out what tenants should not know. */
export type AnnotationChoice = {
  /** `auto` is where the nodes are known to gain by it. */
  readonly runtimeHandlerAnnotation: boolean | 'auto';
  readonly injectedAnnotations: readonly InjectedAnnotation[];
};

const shimgateAnnotations: ReadonlyMap<InjectedAnnotation, (shim: ShimConfig) => string | undefined> = new Map([
  ['runtime-type', (shim) => shim.runtimeType],
  ['shim-binary', (shim) => shim.shimBinary],
  ['runtime-path', (shim) => shim.runtimePath],
  ['options', (shim) => (shim.options === undefined ? undefined : canonicalJson(shim.options))],
  ['source', (shim) => shim.source],
]);

/**
 * Under it only shimgate writes on pods, chosen or not, known to this version or not: whatever a user put there would be
 * taken for our word. A key that is new is therefore taught to one version before another one writes it, or replicas of
 * both would undo each other's work while a cluster changes over.
 */
const shimgatePrefix = 'shimgate.dev/';

/**
 * The annotations that a pod gets.
 *
 * @param handler the handler of the pod's class, which is what containerd looks up
 * @param shim what the handler resolved to; undefined where nothing is known but the handler
 * @param gains whether the nodes are known to gain by the runtime handler annotation
 */
export function annotationsFor(
  handler: string,
  shim: ShimConfig | undefined,
  choice: AnnotationChoice,
  gains: boolean,
): ReadonlyMap<string, string> {
  const annotations = new Map<string, string>();
  const isInjected = choice.runtimeHandlerAnnotation === 'auto' ? gains : choice.runtimeHandlerAnnotation;
  if (isInjected) annotations.set(runtimeHandlerAnnotation, handler);
  if (shim === undefined) return annotations;
  for (const name of choice.injectedAnnotations) {
    const value = shimgateAnnotations.get(name)?.(shim);
    if (value !== undefined) annotations.set(shimgateKey(name), value);
  }
  for (const [key, value] of Object.entries(shim.annotations ?? {})) annotations.set(key, value);
  return annotations;
}

/**
 * Whether only shimgate writes this key on a pod of this shim. With the runtime handler annotation turned off, a
 * user's own is left alone.
 */
export function isManagedKey(key: string, shim: ShimConfig | undefined, choice: AnnotationChoice): boolean {
  if (key === runtimeHandlerAnnotation) return choice.runtimeHandlerAnnotation !== false;
  return isShimgateKey(key) || (shim?.annotations !== undefined && Object.hasOwn(shim.annotations, key));
}

/** Whether a key of a pod is shimgate's own: nobody else has a reason to write it. */
export function isShimgateKey(key: string): boolean {
  return key.startsWith(shimgatePrefix);
}

/** What shimgate wrote under its own name among annotations, as one text; undefined where it wrote nothing. */
export function shimgateMarks(annotations: Iterable<readonly [string, string]>): string | undefined {
  const marks = [...annotations].filter(([key]) => isShimgateKey(key)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return marks.length === 0 ? undefined : JSON.stringify(marks);
}

/**
 * What shimgate writes under its own name on pods of a handler, where that tells the handler: it is declared, and no
 * other one's pods have the same.
 */
export function marksOfHandler(handler: string, table: RuntimesTable, choice: AnnotationChoice): string | undefined {
  const marksOf = (name: string) => {
    const resolution = resolveRuntimeName(table, name);
    return resolution.kind === 'resolved'
      ? shimgateMarks(annotationsFor(name, resolution.shim, choice, false))
      : undefined;
  };
  const names = declaredNames(table);
  const marks = names.has(handler) ? marksOf(handler) : undefined;
  const isShared = [...names].some((name) => name !== handler && marksOf(name) === marks);
  return isShared ? undefined : marks;
}

/** Whether a runtime's entry may not declare this key, since shimgate writes or reads it itself. */
export function isReservedKey(key: string): boolean {
  return key === runtimeHandlerAnnotation || isShimgateKey(key);
}

function shimgateKey(name: InjectedAnnotation): string {
  return `${shimgatePrefix}${name}`;
}
