import { judgeInFull } from '../admission/admit-in-full.ts';
import {
  MalformedReviewError,
  referenceOf,
  referenceToUnchecked,
  reviewOfCreation,
  type UncheckedObject,
} from '../admission/decode-review.ts';
import { groupKindOf } from '../admission/pod-template-place.ts';
import { finding } from '../finding/finding.ts';
import { wayOf } from '../finding/object-reference.ts';
import { fixOfType } from '../manifests/fix-of-type.ts';
import { checksWithout, type CheckSet } from '../policy/checks/checks.ts';
import { namespaceModeLabel } from '../policy/checks/namespace-mode-label.ts';
import { podManagedAnnotations } from '../policy/checks/pod-managed-annotations.ts';
import { podRuntimeClass } from '../policy/checks/pod-runtime-class.ts';
import { followPod } from '../policy/follow-pod.ts';
import { classNameOf, type Review } from '../policy/review.ts';
import type { World } from '../policy/world.ts';
import { about, type AuditedSource, type AuditFinding } from './audit-finding.ts';
import { originsOf } from './finding-origin.ts';
import type { Inventory } from './inventory.ts';
import { judgePodAsItIs } from './judge-pod.ts';

/** A pod, or something with a pod template. */
export type Workload = UncheckedObject & { readonly source?: AuditedSource | undefined };

export type WorkloadVerdict = {
  readonly findings: readonly AuditFinding[];
  /** The class that it names. */
  readonly className: string | undefined;
  readonly isTemplate: boolean;
};

/**
 * Makes a judge of pods and pod templates: what the webhook would say if the object were created now, by the same checks;
 * and of a pod that is there already, how what it carries and where it runs compare with that.
 */
export function workloadJudge(world: World, inventory: Inventory): (workload: Workload) => WorkloadVerdict {
  // A namespace's label is judged once, and not with each of its pods. A class that could not be read is not one that
  // does not exist.
  const unsure = inventory.unknown.has('RuntimeClass') ? [podRuntimeClass] : [];
  const ofTemplates = checksWithout([namespaceModeLabel, ...unsure]);
  // What shimgate is about to write says nothing of a pod that is there already.
  const ofPods = checksWithout([namespaceModeLabel, podManagedAnnotations, ...unsure]);
  return (workload) => {
    const isTemplate = groupKindOf(workload) !== '/Pod';
    let review: Review;
    try {
      review = reviewOfCreation(workload);
    } catch (error) {
      if (!(error instanceof MalformedReviewError)) throw error;
      return { findings: [unreadable(workload, error)], className: undefined, isTemplate };
    }
    return judgeReview(review, workload, isTemplate ? ofTemplates : ofPods, world, inventory);
  };
}

function judgeReview(
  review: Review,
  { source, value }: Workload,
  asked: CheckSet,
  world: World,
  inventory: Inventory,
): WorkloadVerdict {
  const { subject } = review;
  const isTemplate = subject.kind !== 'Pod';
  if (subject.kind !== 'Pod' && subject.kind !== 'template') return { findings: [], className: undefined, isTemplate };
  const { pod } = subject;
  const className = classNameOf(pod);
  const { findings: judged } = judgeInFull(review, world, asked);
  const followed = followPod(pod, world);
  const asItIs = isTemplate ? [] : judgePodAsItIs({ review, pod, followed }, world, inventory);
  if (judged.length + asItIs.length === 0) return { findings: [], className, isTemplate };
  const object = referenceOf(review);
  const whom = { object, chain: wayOf(object, followed.chain), source };
  const originOf = originsOf(value, pod);
  return { findings: [...judged, ...asItIs].map((one) => about(whom, one, originOf(one))), className, isTemplate };
}

function unreadable(workload: Workload, { message }: MalformedReviewError): AuditFinding {
  const statement = `This ${workload.kind} cannot be judged: ${message}.`;
  const object = referenceToUnchecked(workload);
  const fix = fixOfType(message);
  const details = { field: '', statement, ...(fix !== undefined && { fix }) };
  return about({ object, source: workload.source }, finding('UnreadableManifest', details));
}
