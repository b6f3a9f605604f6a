import type { NodeHandler, NodePart } from '../generated/node-runtimes.ts';
import { validateNodeRuntimes } from '../generated/validate-node-runtimes.ts';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../shim/json-value.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import { SharedValues } from './shared-values.ts';

/** What a node says of a handler's shim. */
export type SaidShim = Pick<ShimConfig, 'runtimeType' | 'shimBinary' | 'runtimePath' | 'options' | 'snapshotter'>;

/** One handler as a node says that it has it. */
export type SaidHandler = {
  readonly shim: SaidShim;
  /** The same text for what is the same shim. */
  readonly key: string;
  /** What the node does not have of it, such as its shim. */
  readonly missing: readonly NodePart[];
};

/** The runtimes of a node, by handler, as its NodeRuntimes object says it: one object for all nodes that say the same. */
export type NodeTable = ReadonlyMap<string, SaidHandler>;

/** Makes a function that keeps of a NodeRuntimes object its table. Nodes of a pool have the same one, which is held once. */
export function nodeTableKeeper(): (object: unknown) => NodeTable | undefined {
  const tables = new SharedValues<NodeTable>();
  return (object) => {
    const handlers = handlersOf(object);
    if (handlers === undefined) return undefined;
    const text = JSON.stringify(handlers.map(({ podAnnotations: _, unseen: __, ...kept }) => kept));
    return tables.of(text, () => new Map(handlers.map((handler) => [handler.name, saidHandler(handler)])));
  };
}

/** Undefined where it is no NodeRuntimes, or one that has no status yet: such a node says nothing. */
function handlersOf(object: unknown): readonly NodeHandler[] | undefined {
  if (!validateNodeRuntimes(object) || object.status === undefined) return undefined;
  const { handlers = [], conditions = [] } = object.status;
  const isRead = conditions.some(({ type, status }) => type === 'ConfigurationRead' && status === 'True');
  return isRead ? handlers : undefined;
}

function saidHandler(handler: NodeHandler): SaidHandler {
  const { runtimeType, shimBinary, runtimePath, snapshotter, missing = [] } = handler;
  const options = optionsOf(handler.options);
  const shim: SaidShim = {
    ...(runtimeType !== undefined && { runtimeType }),
    ...(shimBinary !== undefined && { shimBinary }),
    ...(runtimePath !== undefined && { runtimePath }),
    ...(options !== undefined && { options }),
    ...(snapshotter !== undefined && { snapshotter }),
  };
  return { shim, key: canonicalJson(shim), missing };
}

/** Options that are no JSON object nobody has written but a node that says what it likes. */
function optionsOf(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) && Object.keys(value).length > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Nodes that say the same of a handler. */
export type AlikeSaid = SaidHandler & {
  readonly count: number;
  /** One of them, by which a message can name them. */
  readonly example: string;
};

/** What the nodes that pods of a class can use say of its handler; each number counts nodes. */
export type SaidOfHandler = {
  /** Those that say what they have. */
  readonly speaking: number;
  /** Those that have the handler, by what they say of its shim; most nodes first. */
  readonly having: readonly AlikeSaid[];
  /** Those of them that lack a part of it. */
  readonly lacking: number;
};

export const nothingSaid: SaidOfHandler = { speaking: 0, having: [], lacking: 0 };

/** Nodes that have the same table. */
export type AlikeTables = { readonly table: NodeTable; readonly count: number; readonly example: string };

/** Counts tables of nodes. Those that pods of several classes can use, which are the same list, are counted once. */
export type TableCounter = (nodes: readonly string[]) => readonly AlikeTables[];

/** @param tables by node; whoever gets another table makes another counter */
export function tableCounter(tables: ReadonlyMap<string, NodeTable>): TableCounter {
  const known = new Map<readonly string[], readonly AlikeTables[]>();
  return (nodes) => {
    let counted = known.get(nodes);
    if (counted === undefined) known.set(nodes, (counted = countTables(nodes, tables)));
    return counted;
  };
}

function countTables(nodes: readonly string[], tables: ReadonlyMap<string, NodeTable>): readonly AlikeTables[] {
  const counts = new Map<NodeTable, { count: number; readonly example: string }>();
  for (const name of nodes) {
    const table = tables.get(name);
    if (table === undefined) continue;
    const alike = counts.get(table);
    if (alike === undefined) counts.set(table, { count: 1, example: name });
    else alike.count++;
  }
  return [...counts].map(([table, { count, example }]) => ({ table, count, example }));
}

/** Counts what nodes say of a handler. @param tables of the nodes that pods can use */
export function countSaid(tables: readonly AlikeTables[], handler: string): SaidOfHandler {
  const having = new Map<string, AlikeSaid>();
  let [speaking, lacking] = [0, 0];
  for (const { table, count, example } of tables) {
    speaking += count;
    const said = table.get(handler);
    if (said === undefined) continue;
    if (said.missing.length > 0) lacking += count;
    const alike = having.get(said.key);
    having.set(said.key, alike === undefined ? { ...said, count, example } : { ...alike, count: alike.count + count });
  }
  return { speaking, having: [...having.values()].toSorted((a, b) => b.count - a.count), lacking };
}

/**
 * The shim of a handler as nodes say it: in full where all that have it agree, and by its name alone where they do not.
 *
 * @returns undefined where no node has it
 */
export function saidShim(handler: string, { having }: SaidOfHandler): ShimConfig | undefined {
  const [first, other] = having;
  if (first === undefined) return undefined;
  return other === undefined ? { name: handler, source: 'node', ...first.shim } : { name: handler, source: 'node' };
}
