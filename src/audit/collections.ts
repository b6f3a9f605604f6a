import { policyKinds, type Inventory, type InventoryKind } from './inventory.ts';
import { isAnswering } from './judge-answers.ts';

/** Objects of one kind, and where a live cluster has them. */
export type Collection = {
  readonly path: string;
  readonly resource: string;
  readonly pageSize: number;
  readonly isMetadata?: true;
  /** Whether a cluster may do without the kind: then there are none. */
  readonly mayBeUndefined?: true;
};

export type InventoryCollection = Collection & { readonly kind: InventoryKind };

/** Nodes are large, since they carry their images: their pages are small. */
const inventoryCollections: readonly InventoryCollection[] = [
  { kind: 'RuntimeClass', path: '/apis/node.k8s.io/v1', resource: 'runtimeclasses', pageSize: 500 },
  { kind: 'Namespace', path: '/api/v1', resource: 'namespaces', pageSize: 500, isMetadata: true },
  { kind: 'Node', path: '/api/v1', resource: 'nodes', pageSize: 50 },
  {
    kind: 'NodeRuntimes',
    path: '/apis/shimgate.dev/v1alpha1',
    resource: 'noderuntimes',
    pageSize: 50,
    mayBeUndefined: true,
  },
  ...(['Mutating', 'Validating'] as const).map((phase) => ({
    kind: `${phase}WebhookConfiguration` as const,
    path: '/apis/admissionregistration.k8s.io/v1',
    resource: `${phase.toLowerCase()}webhookconfigurations`,
    pageSize: 100,
  })),
];

/** Asked for only where webhook configurations say that pods are answered: few may list these. */
const policyCollections: readonly InventoryCollection[] = policyKinds.map((kind) => ({
  kind,
  path: '/apis/admissionregistration.k8s.io/v1',
  resource: kind.endsWith('y') ? `${kind.toLowerCase().slice(0, -1)}ies` : `${kind.toLowerCase()}s`,
  pageSize: 100,
  mayBeUndefined: true,
}));

export type WorkloadCollection = Collection & { readonly apiVersion: string; readonly kind: string };

function workloadCollection(apiVersion: string, kind: string): WorkloadCollection {
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return { apiVersion, kind, path, resource: `${kind.toLowerCase()}s`, pageSize: 500 };
}

export const workloadCollections: readonly WorkloadCollection[] = [
  workloadCollection('v1', 'Pod'),
  workloadCollection('apps/v1', 'Deployment'),
  workloadCollection('apps/v1', 'StatefulSet'),
  workloadCollection('apps/v1', 'DaemonSet'),
  workloadCollection('apps/v1', 'ReplicaSet'),
  workloadCollection('v1', 'ReplicationController'),
  workloadCollection('batch/v1', 'Job'),
  workloadCollection('batch/v1', 'CronJob'),
  workloadCollection('v1', 'PodTemplate'),
];

/** The kinds that all others are judged by, one after the other: what has been read decides whether more is to be. */
export function* inventoryCollectionsFor(inventory: Inventory): Generator<InventoryCollection, void, undefined> {
  yield* inventoryCollections;
  if (isAnswering(inventory)) yield* policyCollections;
}
