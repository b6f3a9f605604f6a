import { admitInFull } from '../admission/admit-in-full.ts';
import { MalformedReviewError, toReview } from '../admission/decode-review.ts';
import type { FindingCode } from '../finding/codes.ts';
import { finding } from '../finding/finding.ts';
import { groupKindOf } from '../admission/pod-template-place.ts';
import type { ManifestObject } from '../manifests/read-manifests.ts';
import { requestFor } from '../manifests/review-manifests.ts';
import { namespaceModeLabel } from '../policy/checks/namespace-mode-label.ts';
import { podManagedAnnotations } from '../policy/checks/pod-managed-annotations.ts';
import { podRuntime } from '../policy/pod-runtime.ts';
import { classNameOf } from '../policy/review.ts';
import type { World } from '../policy/world.ts';
import { about, objectLabel, type AuditedObject, type AuditedSource, type AuditFinding } from './audit-finding.ts';
import { judgePodAsItIs } from './judge-pod.ts';
import type { Inventory } from './inventory.ts';

/** A pod, or something with a pod template. */
export type Workload = Pick<ManifestObject, 'apiVersion' | 'kind' | 'value'> & {
  readonly source?: AuditedSource | undefined;
};

export type WorkloadVerdict = {
  readonly findings: readonly AuditFinding[];
  /** The class that it names. */
  readonly className: string | undefined;
  readonly isTemplate: boolean;
};

/** What the webhook says of annotations that it is about to write says nothing of a pod that is there already. */
const saidOtherwise: ReadonlySet<FindingCode> = new Set(podManagedAnnotations.codes);

/** What is said of a namespace, once, and not of each of its pods. */
const saidOfNamespaces: ReadonlySet<FindingCode> = new Set(namespaceModeLabel.codes);

/**
 * What the webhook would say if the object were created now, by the same policies; and of a pod that is there already,
 * how what it carries and where it runs compare with that.
 */
export function judgeWorkload(workload: Workload, world: World, inventory: Inventory): WorkloadVerdict {
  const isTemplate = groupKindOf(workload) !== '/Pod';
  const request = requestFor({ ...workload, value: asNamed(workload.value) });
  const object: AuditedObject = {
    apiVersion: workload.apiVersion,
    kind: workload.kind,
    ...(request.namespace !== undefined && { namespace: request.namespace }),
    name: request.name ?? '',
  };
  const { source } = workload;
  try {
    const review = toReview(request, 'mutating');
    const { subject } = review;
    if (subject.kind !== 'Pod' && subject.kind !== 'template')
      return { findings: [], className: undefined, isTemplate };
    const className = classNameOf(subject.pod);
    const judged = admitInFull(request, world).findings.filter(
      ({ code }) =>
        (isTemplate || !saidOtherwise.has(code)) && !saidOfNamespaces.has(code) && !isUnsure(code, inventory),
    );
    const found = isTemplate ? judged : [...judged, ...judgePodAsItIs(review, subject.pod, world, inventory)];
    if (found.length === 0) return { findings: [], className, isTemplate };
    const chain = [objectLabel(object), ...podRuntime(subject.pod, world).chain];
    return { findings: found.map((one) => about({ object, chain, source }, one)), className, isTemplate };
  } catch (error) {
    if (!(error instanceof MalformedReviewError)) throw error;
    const message = `This ${workload.kind} cannot be judged: ${error.message}.`;
    const unreadable = about({ object, source }, finding('UnreadableManifest', { field: '', message }));
    return { findings: [unreadable], className: undefined, isTemplate };
  }
}

/** A generated name is known by now, and is what messages should say. */
function asNamed(value: object): object {
  const { metadata } = value as { readonly metadata?: unknown };
  if (typeof metadata !== 'object' || metadata === null || !('generateName' in metadata)) return value;
  const { generateName, ...named } = metadata;
  return 'name' in named ? { ...value, metadata: named } : value;
}

/** A class that could not be read is not one that does not exist. */
function isUnsure(code: FindingCode, { unknown }: Inventory): boolean {
  return code === 'RuntimeClassNotFound' && unknown.has('RuntimeClass');
}
