import { finding, type Finding } from '../finding/finding.ts';
import type { ObjectReference } from '../finding/object-reference.ts';
import { listNames } from '../finding/list-names.ts';
import { quote } from '../finding/quote.ts';
import type { Severity } from '../finding/code-entry.ts';
import type { Node } from '../generated/objects.ts';
import { handlersOf } from '../policy/node-handlers.ts';
import type { NodeTable } from '../policy/node-tables.ts';
import { about, type AuditFinding } from './audit-finding.ts';
import type { Inventory } from './inventory.ts';

/** By which label a node says which pool it is of: those of providers and of autoscalers. */
const poolLabels: readonly string[] = [
  'cloud.google.com/gke-nodepool',
  'eks.amazonaws.com/nodegroup',
  'kubernetes.azure.com/agentpool',
  'karpenter.sh/nodepool',
  'node.cluster.x-k8s.io/pool',
  'doks.digitalocean.com/node-pool',
  'node-pool',
  'pool',
];

const subject: ObjectReference = { apiVersion: 'shimgate.dev/v1alpha1', kind: 'NodeRuntimes', name: '' };

/** So many findings of each kind: nodes are counted, and one is named. */
const maxOfKind = 100;

/** What only shows where nodes say themselves what runtimes they have. */
export function* judgeNodeRuntimes(inventory: Inventory): Generator<AuditFinding, void, undefined> {
  for (const judge of [judgePools, judgeRestarts, judgeFiles, judgeSilent])
    for (const found of judge(inventory).slice(0, maxOfKind)) yield about({ object: subject }, found);
}

/** Nodes of a pool come from one image: one that has another table was changed by hand, or not upgraded. */
function judgePools({ nodes, nodeRuntimes }: Inventory): readonly Finding[] {
  const pooled = [...nodes].flatMap(([name, { value }]) => {
    const pool = poolOf(value);
    const table = nodeRuntimes.get(name)?.value.table;
    return pool === undefined || table === undefined ? [] : [{ name, pool, table }];
  });
  return [...Map.groupBy(pooled, ({ pool }) => pool)].flatMap(([pool, those]) => {
    const byTable = [...Map.groupBy(those, ({ table }) => textOf(table)).values()].toSorted(
      (a, b) => b.length - a.length,
    );
    const [most = [], ...others] = byTable;
    const [example] = others.flat();
    if (example === undefined) return [];
    const differing = differingHandlers(example.table, most[0]?.table ?? new Map());
    const statement = `${others.flat().length} of the ${those.length} nodes of pool ${quote(pool)} say that they have other runtimes than most, such as ${quote(example.name)}: ${listNames('handler', differing)}.`;
    return [finding('NodeDiffersFromPool', { field: 'status.handlers', statement })];
  });
}

function poolOf({ metadata }: Node): string | undefined {
  const labels = metadata?.labels ?? {};
  const label = poolLabels.find((one) => Object.hasOwn(labels, one));
  return label === undefined ? undefined : labels[label];
}

function textOf(table: NodeTable): string {
  return JSON.stringify([...table].map(([name, { key }]) => [name, key]));
}

function differingHandlers(a: NodeTable, b: NodeTable): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name)?.key !== b.get(name)?.key);
}

/**
 * A node's status lists what its containerd had when it started, and its agent what its files say now.
 *
 * Source: Kubernetes, pkg/kubelet, updateRuntimeUp: the kubelet asks the runtime every few seconds, and containerd reads its
 * configuration at its start alone.
 */
function judgeRestarts({ nodes, nodeRuntimes }: Inventory): readonly Finding[] {
  const changed = [...nodes].flatMap(([name, { value }]) => {
    const table = nodeRuntimes.get(name)?.value.table;
    const reported = new Set(handlersOf(value).map((handler) => handler.name));
    if (table === undefined || reported.size === 0) return [];
    const added = [...table.keys()].filter((handler) => !reported.has(handler));
    const removed = [...reported].filter((handler) => handler !== '' && !table.has(handler));
    return added.length + removed.length === 0 ? [] : [{ name, added, removed }];
  });
  const alike = Map.groupBy(changed, ({ added, removed }) => JSON.stringify([added, removed]));
  return [...alike.values()].flatMap((those) => {
    const [first] = those;
    if (first === undefined) return [];
    const parts = [
      ...(first.added.length > 0 ? [`${listNames('handler', first.added)} came`] : []),
      ...(first.removed.length > 0 ? [`${listNames('handler', first.removed)} went`] : []),
    ];
    const statement = `The files of ${countOf(those.length, first.name)} changed after containerd last started: ${parts.join(', ')}.`;
    return [finding('ContainerdNotRestarted', { field: 'status.handlers', statement })];
  });
}

/** What import says of nodes' files, once for each code, file and line. */
function judgeFiles({ nodeRuntimes }: Inventory): readonly Finding[] {
  const all = [...nodeRuntimes].flatMap(([name, { value }]) => value.problems.map((problem) => ({ name, ...problem })));
  const alike = Map.groupBy(all, ({ code, severity, file, line }) => JSON.stringify([code, severity, file, line]));
  return [...alike.values()]
    .toSorted((a, b) => b.length - a.length)
    .flatMap((those) => {
      const [first] = those;
      if (first === undefined || first.severity === 'info') return [];
      const severity: Severity = first.severity;
      const statement = `${first.file}:${first.line} of ${countOf(those.length, first.name)}: ${first.code}.`;
      const fix = `\`shimgate explain ${first.code}\` says what it means; \`shimgate node --once\` on the node shows the whole sentence.`;
      return [finding('NodeFileProblem', { field: 'status.problems', severity, statement, fix })];
    });
}

/** Where some nodes say what they have, one that does not has no agent, or one that may not read its files. */
function judgeSilent({ nodes, nodeRuntimes }: Inventory): readonly Finding[] {
  if (nodeRuntimes.size === 0) return [];
  const silent = [...nodes.keys()].filter((name) => nodeRuntimes.get(name)?.value.table === undefined);
  const [first] = silent;
  if (first === undefined) return [];
  const statement = `${silent.length} of ${nodes.size} nodes do not say what runtimes they have, such as ${quote(first)}.`;
  return [finding('NodeDoesNotSay', { field: 'status.conditions', statement })];
}

function countOf(count: number, example: string): string {
  return count === 1 ? `node ${quote(example)}` : `${count} nodes, such as ${quote(example)},`;
}
