import type { Pod, RuntimeClass } from '../../../../src/generated/objects.ts';
import { podQuestion, runtimeClassDeletion, withUse } from '../../../../src/policy/checks/runtime-class-deletion.ts';
import { podSearch } from '../../../../src/policy/pod-search.ts';
import type { PodUse } from '../../../../src/policy/pod-use.ts';
import type { World } from '../../../../src/policy/world.ts';
import { judgedBy, lineOf, type PhasedReview } from '../judged.ts';
import { classReview } from '../review-of.ts';
import { worldOf } from '../../../support/worlds/world-of.ts';

const handlerKey = 'io.containerd.cri.runtime-handler';
export const runtimes = {
  runsc: { runtimeType: 'io.containerd.runsc.v1' },
  kata: { runtimeType: 'io.containerd.kata.v2' },
};
export const obstacle = { obstacle: 'not all pods could be checked within 5 s' };

type Annotations = Readonly<Record<string, string>>;
type PodParts = {
  readonly className?: string;
  readonly phase?: string;
  readonly handler?: string;
  readonly marks?: Annotations;
};

export function podOf(name: string, { className = 'sandbox', phase = 'Running', handler, marks }: PodParts = {}): Pod {
  const annotations = { ...marks, ...(handler !== undefined && { [handlerKey]: handler }) };
  return {
    metadata: { name, namespace: 'team', annotations },
    spec: { runtimeClassName: className },
    status: { phase },
  };
}

export const pods = (count: number, parts?: PodParts) =>
  Array.from({ length: count }, (_, index) => podOf(`web-${index}`, parts));

/** The pods of the cluster, and whether all of them could be looked at. */
export type Pods = { readonly pods?: readonly Pod[]; readonly extent?: PodUse['extent'] };

/** A review with what is found of these pods, where anybody wants to know. */
export function withPods(review: PhasedReview, world: World, { pods: known = [], extent = 'all' }: Pods): PhasedReview {
  const { phase } = review;
  const question = podQuestion(review, phase, world.configuration);
  if (question === undefined) return review;
  const search = podSearch(question);
  for (const pod of known) search.look(pod);
  return { ...withUse(review, search.found(extent)), phase };
}

export function judge(
  operation: 'CREATE' | 'DELETE',
  runtimeClass: RuntimeClass,
  setting: 'warn' | 'deny' | 'allow',
  parts: Pods,
) {
  const world = worldOf({ configuration: { runtimes, runtimeClassDeletion: setting } });
  const review = withPods({ ...classReview(runtimeClass, undefined, 'validating'), operation }, world, parts);
  return judgedBy(runtimeClassDeletion, review, world).findings.map((found) => `${found.severity}: ${lineOf(found)}`);
}

/** How a message says which pods a class has. */
export const find =
  '`kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,CLASS:.spec.runtimeClassName` says which they are';
