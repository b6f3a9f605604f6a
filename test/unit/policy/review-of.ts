import type { Pod, RuntimeClass } from '../../../src/generated/objects.ts';
import type { Phase, RequestHead, Review } from '../../../src/policy/review.ts';
import type { PhasedReview } from './judged.ts';

type Annotations = Readonly<Record<string, string>>;

/** A pod of a class; undefined for none. */
export function podOf(runtimeClassName: string | undefined, annotations?: Annotations): Pod {
  return {
    metadata: { name: 'web', ...(annotations && { annotations }) },
    spec: { ...(runtimeClassName !== undefined && { runtimeClassName }) },
  };
}

function requestFor(group: string, kind: string, resource: string): RequestHead {
  return { uid: '1', kind: { group, version: 'v1', kind }, resource, name: 'web' };
}

const namespaced = {
  request: requestFor('', 'Pod', 'pods'),
  object: 'Pod team/web',
  namespace: 'team',
  username: 'alice',
  groups: ['system:authenticated'],
} as const;

export function podCreation(phase: Phase, pod: Pod, parts: Partial<Review> = {}): PhasedReview {
  return { phase, operation: 'CREATE', subject: { kind: 'Pod', pod, old: undefined }, ...namespaced, ...parts };
}

export function podUpdate(phase: Phase, pod: Pod, old: Pod, parts: Partial<Review> = {}): PhasedReview {
  return { phase, operation: 'UPDATE', subject: { kind: 'Pod', pod, old }, ...namespaced, ...parts };
}

/** The review of a template as Deployments have it. @param old undefined where it is new */
export function templateReview(pod: Pod, old?: Pod): PhasedReview {
  return {
    phase: 'validating',
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    subject: { kind: 'template', pod, old, prefix: 'spec.template.' },
    ...namespaced,
    object: 'Deployment team/web',
    request: requestFor('apps', 'Deployment', 'deployments'),
  };
}

/** @param old undefined on CREATE */
export function classReview(runtimeClass: RuntimeClass, old?: RuntimeClass, phase: Phase = 'mutating'): PhasedReview {
  return {
    phase,
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    subject: { kind: 'RuntimeClass', runtimeClass, old },
    object: `RuntimeClass ${runtimeClass.metadata?.name ?? ''}`,
    namespace: undefined,
    request: requestFor('node.k8s.io', 'RuntimeClass', 'runtimeclasses'),
    username: 'alice',
    groups: ['system:authenticated'],
  };
}

/** What makes a request one of a node's: only a node may create mirror pods. */
export const fromNode = { groups: ['system:nodes', 'system:authenticated'] } as const;

export const mirrorAnnotation = { 'kubernetes.io/config.mirror': 'f3b0c44298fc1c14' } as const;
