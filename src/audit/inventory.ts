import { detached, keepNamespace, keepRuntimeClass, nodeKeeper } from '../policy/kept-objects.ts';
import type { AdmissionPolicy } from '../generated/admission-policy.ts';
import { validateAdmissionPolicy } from '../generated/validate-admission-policy.ts';
import type { WebhookConfiguration } from '../generated/webhook-configuration.ts';
import { validateWebhookConfiguration } from '../generated/validate-webhook-configuration.ts';
import type { NodeProblem } from '../generated/node-runtimes.ts';
import { validateNodeRuntimes } from '../generated/validate-node-runtimes.ts';
import { indexCluster, type ClusterState } from '../policy/cluster-index.ts';
import { nodeTableKeeper, type NodeTable } from '../policy/node-tables.ts';
import type { AuditedSource } from './audit-finding.ts';

/** What is kept of an object, and where it was read from. */
export type InventoryEntry<T> = { readonly value: T; readonly source: AuditedSource | undefined };

/** Kinds that all others are judged by. */
export type InventoryKind =
  | 'RuntimeClass'
  | 'Namespace'
  | 'Node'
  | 'NodeRuntimes'
  | 'MutatingWebhookConfiguration'
  | 'ValidatingWebhookConfiguration'
  | PolicyKind;

/** Kinds by which the API server answers pods by itself. */
export const policyKinds = [
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
] as const;

type PolicyKind = (typeof policyKinds)[number];

const kindsByGroupKind: ReadonlyMap<string, InventoryKind> = new Map([
  ['node.k8s.io/RuntimeClass', 'RuntimeClass'],
  ['/Namespace', 'Namespace'],
  ['/Node', 'Node'],
  ['shimgate.dev/NodeRuntimes', 'NodeRuntimes'],
  ['admissionregistration.k8s.io/MutatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/ValidatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  ...policyKinds.map((kind) => [`admissionregistration.k8s.io/${kind}`, kind] as const),
]);

/** @param groupKind API group and kind, such as `/Node` */
export function inventoryKind(groupKind: string): InventoryKind | undefined {
  return kindsByGroupKind.get(groupKind);
}

/**
 * What a cluster has of the kinds that all others are judged by, reduced to what is read of them: as much as there are
 * classes, namespaces and nodes, and no more.
 */
export class Inventory {
  readonly #shelves = {
    RuntimeClass: shelf(keepRuntimeClass),
    Namespace: shelf(keepNamespace),
    Node: shelf(nodeKeeper()),
    NodeRuntimes: shelf(nodeRuntimesKeeper()),
    MutatingWebhookConfiguration: shelf(keepWebhooks),
    ValidatingWebhookConfiguration: shelf(keepWebhooks),
    MutatingAdmissionPolicy: shelf(keepPolicy),
    MutatingAdmissionPolicyBinding: shelf(keepPolicy),
    ValidatingAdmissionPolicy: shelf(keepPolicy),
    ValidatingAdmissionPolicyBinding: shelf(keepPolicy),
  };
  readonly runtimeClasses = this.#shelves.RuntimeClass.kept;
  readonly namespaces = this.#shelves.Namespace.kept;
  readonly nodes = this.#shelves.Node.kept;
  readonly nodeRuntimes = this.#shelves.NodeRuntimes.kept;
  readonly mutating = this.#shelves.MutatingWebhookConfiguration.kept;
  readonly validating = this.#shelves.ValidatingWebhookConfiguration.kept;
  readonly policies: Readonly<Record<PolicyKind, ReadonlyMap<string, InventoryEntry<AdmissionPolicy>>>> = {
    MutatingAdmissionPolicy: this.#shelves.MutatingAdmissionPolicy.kept,
    MutatingAdmissionPolicyBinding: this.#shelves.MutatingAdmissionPolicyBinding.kept,
    ValidatingAdmissionPolicy: this.#shelves.ValidatingAdmissionPolicy.kept,
    ValidatingAdmissionPolicyBinding: this.#shelves.ValidatingAdmissionPolicyBinding.kept,
  };
  /** Kinds that could not be read, or not as a whole: nothing may be concluded from what is not there. */
  readonly unknown = new Set<InventoryKind>();

  /**
   * Keeps an object; of two with the same name the later one counts.
   *
   * @returns false where a field of it has the wrong type
   */
  take(kind: InventoryKind, object: unknown, source: AuditedSource | undefined): boolean {
    return this.#shelves[kind].take(object, source);
  }

  /** Lets go of a kind that could not be read as a whole. */
  forget(kind: InventoryKind): void {
    this.unknown.add(kind);
    this.#shelves[kind].forget();
  }

  #tables(): ReadonlyMap<string, NodeTable> {
    return new Map(
      [...this.nodeRuntimes].flatMap(([name, { value }]): (readonly [string, NodeTable])[] =>
        value.table === undefined ? [] : [[name, value.table]],
      ),
    );
  }

  /** The inventory as policies see it, as it is now. */
  state(): ClusterState {
    return indexCluster({
      classes: valuesOf(this.runtimeClasses),
      namespaces: valuesOf(this.namespaces),
      nodes: valuesOf(this.nodes),
      ...(this.nodeRuntimes.size > 0 && { nodeTables: this.#tables() }),
    });
  }
}

/** What a node says of itself. */
export type KeptNodeRuntimes = {
  readonly metadata: { readonly name: string };
  /** Undefined where its files were not read. */
  readonly table: NodeTable | undefined;
  readonly problems: readonly NodeProblem[];
};

function nodeRuntimesKeeper(): (object: unknown) => KeptNodeRuntimes | undefined {
  const tableOf = nodeTableKeeper();
  return (object) =>
    validateNodeRuntimes(object)
      ? {
          metadata: { name: object.metadata.name },
          table: tableOf(object),
          problems: (object.status?.problems ?? []).map(({ code, severity, file, line }) => ({
            code,
            severity,
            file,
            line,
          })),
        }
      : undefined;
}

function valuesOf<T>(entries: ReadonlyMap<string, InventoryEntry<T>>): ReadonlyMap<string, T> {
  return new Map([...entries].map(([name, { value }]) => [name, value]));
}

type Named = { readonly metadata?: { readonly name?: string | null } | null };

/** Objects of one kind, by name. */
function shelf<T extends Named>(keep: (object: unknown) => T | undefined) {
  const kept = new Map<string, InventoryEntry<T>>();
  return {
    kept: kept as ReadonlyMap<string, InventoryEntry<T>>,
    take: (object: unknown, source: AuditedSource | undefined): boolean => {
      const value = keep(object);
      if (value !== undefined) kept.set(value.metadata?.name ?? '', { value, source });
      return value !== undefined;
    },
    forget: () => {
      kept.clear();
    },
  };
}

function keepWebhooks(object: unknown): WebhookConfiguration | undefined {
  return validateWebhookConfiguration(object)
    ? detached({ metadata: object.metadata, webhooks: object.webhooks ?? [] })
    : undefined;
}

function keepPolicy(object: unknown): AdmissionPolicy | undefined {
  return validateAdmissionPolicy(object) ? detached({ metadata: object.metadata, spec: object.spec ?? {} }) : undefined;
}
