import type { LocatedFinding } from '../finding/located-finding.ts';
import { fieldPath, pointerSegments } from '../finding/field-path.ts';
import { finding } from '../finding/finding.ts';
import type { Namespace, Node, Pod, RuntimeClass } from '../generated/objects.ts';
import type { NodeRuntimes } from '../generated/node-runtimes.ts';
import { validateNodeRuntimes } from '../generated/validate-node-runtimes.ts';
import { validateNamespace, validateNode, validatePod, validateRuntimeClass } from '../generated/validate-objects.ts';
import type { Validator } from '../generated/validator.ts';
import { indexCluster, type ClusterState } from '../policy/cluster-index.ts';
import { nodeTableKeeper, type NodeTable } from '../policy/node-tables.ts';
import { podSearch } from '../policy/pod-search.ts';
import type { PodQuestion, PodUse } from '../policy/pod-use.ts';
import { groupKindOf } from '../admission/pod-template-place.ts';
import { fixOfType } from './fix-of-type.ts';
import type { ManifestObject } from './read-manifests.ts';

/**
 * Builds what policies know of a cluster from manifests: RuntimeClasses, Namespaces, Nodes, what nodes say of their runtimes, and Pods. Of two objects with
 * the same name the later one counts, as with `kubectl apply`. Other kinds are passed over.
 */
export function clusterStateFrom(objects: readonly ManifestObject[]): {
  readonly state: ClusterState;
  /** Which of the pods use a class. */
  readonly findPods: (question: PodQuestion) => PodUse;
  readonly counts: Readonly<Record<'RuntimeClass' | 'Namespace' | 'Node' | 'Pod', number>> & {
    /** Undefined where no node says what it has. */
    readonly NodeRuntimes?: number;
  };
  readonly findings: readonly LocatedFinding[];
} {
  const findings: LocatedFinding[] = [];
  const pick = <T extends Named>(groupKind: string, validate: Validator<T>): ReadonlyMap<string, T> => {
    const picked = new Map<string, T>();
    for (const object of objects) {
      if (groupKindOf(object) !== groupKind) continue;
      const { value } = object;
      if (validate(value)) picked.set(keyOf(value), value);
      else findings.push(wrongType(object, validate));
    }
    return picked;
  };
  const runtimeClasses = pick<RuntimeClass>('node.k8s.io/RuntimeClass', validateRuntimeClass);
  const namespaces = pick<Namespace>('/Namespace', validateNamespace);
  const nodes = pick<Node>('/Node', validateNode);
  const pods = pick<Pod>('/Pod', validatePod);
  const nodeTables = tablesOf(pick<NodeRuntimes>('shimgate.dev/NodeRuntimes', validateNodeRuntimes));
  const isAsked = nodeTables.size > 0;
  return {
    state: indexCluster({ classes: runtimeClasses, namespaces, nodes, ...(isAsked && { nodeTables }) }),
    findPods: (question) => {
      const search = podSearch(question);
      for (const pod of pods.values()) search.look(pod);
      return search.found('all');
    },
    counts: {
      RuntimeClass: runtimeClasses.size,
      Namespace: namespaces.size,
      Node: nodes.size,
      Pod: pods.size,
      ...(isAsked && { NodeRuntimes: nodeTables.size }),
    },
    findings,
  };
}

function tablesOf(objects: ReadonlyMap<string, NodeRuntimes>): ReadonlyMap<string, NodeTable> {
  const keep = nodeTableKeeper();
  return new Map(
    [...objects].flatMap(([name, object]): (readonly [string, NodeTable])[] => {
      const table = keep(object);
      return table === undefined ? [] : [[name, table]];
    }),
  );
}

type Named = { readonly metadata?: { readonly name?: string | null; readonly namespace?: string | null } | null };

/** Objects of one kind are told apart by it. */
function keyOf({ metadata }: Named): string {
  const { namespace, name } = metadata ?? {};
  return [...(typeof namespace === 'string' ? [namespace] : []), name ?? ''].join('/');
}

function wrongType({ kind, source }: ManifestObject, validate: Validator<unknown>): LocatedFinding {
  const error = validate.errors?.[0];
  const field = fieldPath(pointerSegments(error?.instancePath ?? ''));
  const fault = `${field} ${error?.message ?? 'is not valid'}`;
  const fix = fixOfType(fault);
  const details = { field, statement: `This ${kind} cannot be read: ${fault}.`, ...(fix !== undefined && { fix }) };
  return { ...finding('UnreadableManifest', details), source: { ...source, column: 1 } };
}
