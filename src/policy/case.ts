import type { FindingSubject } from '../finding/finding.ts';
import type { Pod, RuntimeClass } from '../generated/objects.ts';
import { handlerLinks, type FollowedPod } from './follow-class.ts';
import { followPod } from './follow-pod.ts';
import { resolveHandler, type HandlerResolution } from './resolve-handler.ts';
import type { Phase, Review, Subject } from './review.ts';
import { isUntrustedWorkload } from './untrusted-workload.ts';
import type { World } from './world.ts';

type CommonCase = {
  readonly review: Review;
  readonly phase: Phase;
  readonly world: World;
  /** The subject of whatever is found: the object, and where it leads. */
  readonly subject: FindingSubject;
};

/** A pod that is created or changed, or the template of one, and what following it gave. */
export type PodCase = CommonCase & {
  readonly pod: Pod;
  /** What it was before; undefined for a pod that is new, and for a template. */
  readonly old: Pod | undefined;
  /** Whether a pod is being made: then all is judged, and else only what changed. */
  readonly isNew: boolean;
  readonly isTemplate: boolean;
  /** What stands before the field paths of the pod: nothing, or where its template is in the object. */
  readonly prefix: string;
  /** The runtime of the pod; on an update that of the old one, which is the truth. */
  readonly followed: FollowedPod;
  /** Whether that is an untrusted workload. */
  readonly isUntrusted: boolean;
};

/** A RuntimeClass that is created, changed or deleted, and where its handler leads. */
export type ClassCase = CommonCase & {
  readonly runtimeClass: RuntimeClass;
  readonly old: RuntimeClass | undefined;
  readonly resolution: HandlerResolution;
};

/** The order to run a pod on a node. */
export type BindingCase = CommonCase & { readonly annotations: Readonly<Record<string, string>> };

/** Follows a review's pod to its shim, once, for all checks. @returns undefined where no pod is created or changed */
export function podCase(review: Review, phase: Phase, world: World): PodCase | undefined {
  const { subject, operation, object } = review;
  if (subject.kind !== 'Pod' && subject.kind !== 'template') return undefined;
  const isTemplate = subject.kind === 'template';
  const isUpdate = !isTemplate && operation === 'UPDATE';
  if (!isTemplate && !isUpdate && operation !== 'CREATE') return undefined;
  const { pod } = subject;
  const old = isUpdate ? subject.old : undefined;
  const settled = old ?? pod;
  const followed = followPod(settled, world);
  return {
    review,
    phase,
    world,
    subject: { object, chain: followed.chain },
    pod,
    old,
    isNew: !isUpdate,
    isTemplate,
    prefix: isTemplate ? subject.prefix : '',
    followed,
    isUntrusted: isUntrustedWorkload(settled),
  };
}

/** Resolves the handler of a review's RuntimeClass, once, for all checks. */
export function classCase(
  review: Review,
  { runtimeClass, old }: Extract<Subject, { kind: 'RuntimeClass' }>,
  phase: Phase,
  world: World,
): ClassCase {
  const presence = world.cluster.handlerPresence(runtimeClass);
  const resolution = resolveHandler(runtimeClass, presence, world.configuration);
  const subject = { object: review.object, chain: handlerLinks(resolution) };
  return { review, phase, world, subject, runtimeClass, old, resolution };
}
