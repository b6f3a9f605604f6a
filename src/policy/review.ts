import type { Pod, RuntimeClass } from '../generated/objects.ts';

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
  | { readonly kind: 'RuntimeClass'; readonly runtimeClass: RuntimeClass; readonly old: RuntimeClass | undefined }
  /** The order to run a pod on a node, by `bindings` or `pods/binding`; its annotations are merged into the pod's. */
  | { readonly kind: 'Binding'; readonly annotations: Readonly<Record<string, string>> }
  /** Nothing that any policy is about. */
  | { readonly kind: 'other' };

/** A request, reduced to what policies read. */
export type Review = {
  readonly phase: Phase;
  readonly operation: Operation;
  readonly subject: Subject;
  /** How messages call the object, such as `Pod default/web`: the same in both phases. */
  readonly object: string;
  /** Undefined for a cluster-scoped object. */
  readonly namespace: string | undefined;
  /** Who asks; empty where nobody is known, as for a manifest. */
  readonly username: string;
  readonly groups: readonly string[];
};

/** The class that a pod names; undefined for none, which the empty string means too. */
export function classNameOf(pod: Pod): string | undefined {
  const name = pod.spec?.runtimeClassName;
  return name === undefined || name === null || name === '' ? undefined : name;
}

/** The pod that is new: one that is created, or that of a template; undefined for whatever else is reviewed. */
export function newPodOf({ subject, operation }: Review): Pod | undefined {
  if (subject.kind === 'template') return subject.pod;
  return subject.kind === 'Pod' && operation === 'CREATE' ? subject.pod : undefined;
}

/** What stands before the field paths of a pod: nothing, or where its template is in the object. */
export function podPrefix({ subject }: Review): string {
  return subject.kind === 'template' ? subject.prefix : '';
}

/** A pod's annotations; never null. */
export function annotationsOf(pod: Pod | undefined): Readonly<Record<string, string>> {
  return pod?.metadata?.annotations ?? {};
}

/**
 * Whether this is the API server's image of a static pod. The annotation alone proves nothing, since anybody can write
 * it; only a node may create mirror pods.
 *
 * Source: Kubernetes, plugin/pkg/admission/noderestriction.
 */
export function isMirrorPod(review: Review): boolean {
  return (
    review.subject.kind === 'Pod' &&
    Object.hasOwn(annotationsOf(review.subject.pod), 'kubernetes.io/config.mirror') &&
    review.groups.includes('system:nodes')
  );
}
