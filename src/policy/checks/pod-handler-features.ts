import { finding } from '../../finding/finding.ts';
import type { PodSpec } from '../../generated/objects.ts';
import type { PodCase } from '../case.ts';
import type { HandlerFeature } from '../usable-nodes.ts';
import { nothing, type PodCheck } from './check.ts';

/** A pod that asks for a feature: which, and by what field. */
type Wish = {
  readonly feature: HandlerFeature;
  readonly field: string;
  /** What it asks for, as the object of a sentence. */
  readonly what: string;
  readonly fix: string;
};

/**
 * A pod that asks for a user namespace, or for mounts that are read-only all the way down, should have a node whose handler has
 * that: kubelets refuse to start its containers on any other, and the pod stays on the node that it was put on. Nodes come and
 * go, so that this is a warning; and nothing is said while one of them may have it.
 *
 * Source: Kubernetes 1.37, pkg/kubelet/userns/userns_manager.go, GetOrCreateUserNamespaceMappings; kubelet_pods.go,
 * resolveRecursiveReadOnly.
 */
export const podHandlerFeatures: PodCheck = {
  id: 'pod-handler-features',
  about: 'pods',
  reads: ['handler features'],
  codes: ['HandlerLacksFeature'],
  evaluate: (given) => {
    const { pod, isNew, isUntrusted, followed } = given;
    // Which of its handlers a node takes for an untrusted workload the kubelet does not know, and asks for those of the default.
    if (!isNew || isUntrusted || (followed.className !== undefined && followed.runtimeClass === undefined))
      return nothing;
    const wishes = wishesOf(pod.spec ?? {});
    if (wishes.length === 0) return nothing;
    return { findings: wishes.flatMap((wish) => judge(given, wish)) };
  },
};

function judge(given: PodCase, { feature, field, what, fix }: Wish) {
  const { pod, world, prefix, subject, followed } = given;
  // A pod that names its node passes the scheduler by.
  const nodes = (pod.spec?.nodeName ?? '') === '' ? world.usableNodes(followed, pod.spec ?? {}) : undefined;
  if (nodes === undefined || nodes.usable === 0 || nodes.reporting < nodes.usable) return [];
  // The default one is reported without a name, too.
  const handler = followed.className === undefined ? '' : (followed.handler ?? '');
  const listing = nodes.listing.get(handler) ?? 0;
  if (listing === 0 || (nodes.featured[feature].get(handler) ?? 0) > 0) return [];
  const whose = followed.className === undefined ? 'the default runtime' : 'that handler';
  const where =
    listing === 1
      ? `the only node with ${whose} that the pod can use does not have them`
      : `none of the ${listing} nodes with ${whose} that the pod can use has them`;
  const links = followed.className === undefined ? 0 : Math.min(2, subject.chain.length);
  const joined = `${links === 0 ? ': it' : ': the pod'} asks for ${what}, and ${where}`;
  return [
    finding('HandlerLacksFeature', {
      field: `${prefix}${field}`,
      subject,
      statement: { kind: 'predicate', links, ...(links > 0 && { about: links - 1 }), text: joined },
      fix,
    }),
  ];
}

function wishesOf(spec: NonNullable<PodSpec>): readonly Wish[] {
  const mount = recursiveReadOnlyMount(spec);
  return [
    ...(spec.hostUsers === false
      ? [
          {
            feature: 'userNamespaces',
            field: 'spec.hostUsers',
            what: 'user namespaces (hostUsers: false)',
            fix: 'Leave hostUsers out, or name a class whose handler has user namespaces.',
          } as const,
        ]
      : []),
    ...(mount === undefined
      ? []
      : [
          {
            feature: 'recursiveReadOnlyMounts',
            field: mount,
            what: 'recursive read-only mounts (recursiveReadOnly: Enabled)',
            fix: 'Write recursiveReadOnly: IfPossible, or name a class whose handler has such mounts.',
          } as const,
        ]),
  ];
}

/** The first mount that has to be read-only all the way down; `IfPossible` asks for nothing. */
function recursiveReadOnlyMount(spec: NonNullable<PodSpec>): string | undefined {
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [index, { volumeMounts }] of (spec[list] ?? []).entries()) {
      const place = volumeMounts?.findIndex(({ recursiveReadOnly }) => recursiveReadOnly === 'Enabled') ?? -1;
      if (place >= 0) return `spec.${list}[${index}].volumeMounts[${place}].recursiveReadOnly`;
    }
  }
  return undefined;
}
