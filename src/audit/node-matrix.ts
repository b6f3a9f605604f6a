import type { Node, RuntimeClass } from '../generated/objects.ts';
import { handlersOf } from '../policy/node-handlers.ts';
import type { NodeTable } from '../policy/node-tables.ts';
import { isTolerated, toleranceOf } from '../policy/tolerations.ts';
import type { Inventory } from './inventory.ts';

/** What a class finds on nodes: `unused` where it cannot use them, `unknown` where they do not say. */
export type MatrixCell = 'there' | 'lacking' | 'absent' | 'unused' | 'unknown';

/** Which classes find their handler on which nodes. Nodes that are the same for each class share a column. */
export type NodeMatrix = {
  readonly columns: readonly { readonly count: number; readonly example: string; readonly says: boolean }[];
  readonly rows: readonly { readonly runtimeClass: string; readonly cells: readonly MatrixCell[] }[];
  /** What is more than is shown. */
  readonly more: { readonly nodes: number; readonly classes: number };
};

const maxColumns = 24;
const maxRows = 100;

/** @returns undefined where no node says what it has: then there is nothing to see but what the nodes report */
export function nodeMatrix(inventory: Inventory): NodeMatrix | undefined {
  const { nodeRuntimes } = inventory;
  if (nodeRuntimes.size === 0) return undefined;
  const classes = [...inventory.runtimeClasses].map(([name, { value }]) => ({ name, value, picks: pickerOf(value) }));
  const shown = classes.slice(0, maxRows);
  const columns = new Map<string, { cells: readonly MatrixCell[]; count: number; example: string; says: boolean }>();
  for (const [name, { value: node }] of inventory.nodes) {
    const table = nodeRuntimes.get(name)?.value.table;
    const cells = shown.map(({ value, picks }) => (picks(node) ? cellOf(value.handler ?? '', node, table) : 'unused'));
    const key = [table !== undefined, ...cells].join();
    const column = columns.get(key);
    if (column === undefined) columns.set(key, { cells, count: 1, example: name, says: table !== undefined });
    else column.count++;
  }
  const ordered = [...columns.values()].toSorted((a, b) => b.count - a.count);
  const kept = ordered.slice(0, maxColumns);
  return {
    columns: kept.map(({ count, example, says }) => ({ count, example, says })),
    rows: shown.map(({ name }, row) => ({
      runtimeClass: name,
      cells: kept.map(({ cells }) => cells[row] ?? 'unknown'),
    })),
    more: {
      nodes: ordered.slice(maxColumns).reduce((sum, { count }) => sum + count, 0),
      classes: classes.length - shown.length,
    },
  };
}

/** Whether pods of a class can be scheduled to a node, as far as the class decides that. */
function pickerOf({ scheduling }: RuntimeClass): (node: Node) => boolean {
  const wanted = Object.entries(scheduling?.nodeSelector ?? {});
  const tolerates = toleranceOf(scheduling?.tolerations ?? []);
  return (node) => {
    const labels = node.metadata?.labels ?? {};
    return (
      wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
      isTolerated(node, tolerates)
    );
  };
}

function cellOf(handler: string, node: Node, table: NodeTable | undefined): MatrixCell {
  const said = table?.get(handler);
  if (said !== undefined) return said.missing.length > 0 ? 'lacking' : 'there';
  if (table !== undefined) return 'absent';
  const reported = handlersOf(node);
  if (reported.length === 0) return 'unknown';
  return reported.some(({ name }) => name === handler) ? 'there' : 'absent';
}
