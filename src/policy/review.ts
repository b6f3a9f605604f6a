import type { Pod, RuntimeClass } from '../generated/objects.ts';
import type { PodUse } from './pod-use.ts';

/** Which of the two webhooks asks: the mutating one writes annotations, the validating one judges the result. */
export type Phase = 'mutating' | 'validating';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What is reviewed. */
export type Subject =
  | { readonly kind: 'Pod'; readonly pod: Pod; readonly old: Pod | undefined }
  | {
      readonly kind: 'template';
      /** The template, as the pod that would be made from it. */
      readonly pod: Pod;
      /** Undefined where it is new. */
      readonly old: Pod | undefined;
      /** Field path before the template's own, such as `spec.template.`. */
      readonly prefix: string;
    }
  | {
      readonly kind: 'RuntimeClass';
      readonly runtimeClass: RuntimeClass;
      readonly old: RuntimeClass | undefined;
      /** What pods use it; undefined where nobody looked, since nobody wants to know. */
      readonly use?: PodUse;
    }
  /** The order to run a pod on a node, by `bindings` or `pods/binding`; its annotations are merged into the pod's. */
  | { readonly kind: 'Binding'; readonly annotations: Readonly<Record<string, string>> }
  /** Nothing that any policy is about. */
  | { readonly kind: 'other' };

/** A request, reduced to what policies read and what an answer says of it. Made once; both webhooks judge the same. */
export type Review = {
  readonly operation: Operation;
  readonly subject: Subject;
  /** How messages call the object, such as `Pod default/web`: the same in both phases. */
  readonly object: string;
  /** Undefined for a cluster-scoped object. */
  readonly namespace: string | undefined;
  /** Who asks; empty where nobody is known, as for a manifest. */
  readonly username: string;
  readonly groups: readonly string[];
  readonly request: RequestHead;
};

/** What an answer, a log line and a report say of what was asked. */
export type RequestHead = {
  /** Echoed; empty where no API server asks. */
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** Resource, such as `pods`. */
  readonly resource: string;
  /** Undefined where the API server has yet to make one. */
  readonly name: string | undefined;
  /** Where nothing will be stored. */
  readonly isDryRun?: true;
};

/** The class that a pod names; undefined for none, which the empty string means too. */
export function classNameOf(pod: Pod): string | undefined {
  const name = pod.spec?.runtimeClassName;
  return name === undefined || name === null || name === '' ? undefined : name;
}

/** A pod's annotations; never null. */
export function annotationsOf(pod: Pod | undefined): Readonly<Record<string, string>> {
  return pod?.metadata?.annotations ?? {};
}

/** Whether these are among them, key and value. */
export function hasAnnotation(annotations: Readonly<Record<string, string>>, key: string, value: string): boolean {
  return Object.hasOwn(annotations, key) && annotations[key] === value;
}

/** Whether an object is being deleted, and waits for its finalizers or its end. */
export function isGoing({ metadata }: Pick<Pod, 'metadata'>): boolean {
  return metadata?.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null;
}

/**
 * Whether this is the API server's image of a static pod. The annotation alone proves nothing, since anybody can write
 * it; only a node may create mirror pods.
 *
 * Source: Kubernetes, plugin/pkg/admission/noderestriction.
 */
export function isMirrorPod({ subject, groups }: Review): boolean {
  return subject.kind === 'Pod' && looksLikeMirrorPod(subject.pod) && groups.includes('system:nodes');
}

/** Whether a pod carries the annotation of one, which anyone can forge. */
export function looksLikeMirrorPod(pod: Pod): boolean {
  return Object.hasOwn(annotationsOf(pod), 'kubernetes.io/config.mirror');
}
