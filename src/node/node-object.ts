import type { NodeCondition, NodeRuntimes } from '../generated/node-runtimes.ts';
import type { NodeDescription } from './describe-node.ts';
import type { PlainCondition } from './node-conditions.ts';

export const nodeRuntimesApi = { apiVersion: 'shimgate.dev/v1alpha1', kind: 'NodeRuntimes' } as const;

/** Where the API server has the objects. */
export const nodeRuntimesPath = '/apis/shimgate.dev/v1alpha1/noderuntimes';

/**
 * The object of a node, without what only the API server can say of it.
 *
 * @param before the conditions that the object has; one whose status is the same keeps its time
 * @param now as Kubernetes writes times
 */
export function nodeObject(
  name: string,
  { status, conditions }: Pick<NodeDescription, 'status' | 'conditions'>,
  before: readonly NodeCondition[],
  now: string,
): NodeRuntimes {
  return {
    ...nodeRuntimesApi,
    metadata: { name },
    status: { ...status, conditions: conditions.map((condition) => since(condition, before, now)) },
  };
}

function since(condition: PlainCondition, before: readonly NodeCondition[], now: string): NodeCondition {
  const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
  return { ...condition, lastTransitionTime: same?.lastTransitionTime ?? now };
}
