import { quote } from '../finding/quote.ts';
import type { HandlerFlaw } from '../finding/statement.ts';
import { canonicalJson, type JsonObject } from '../shim/json-value.ts';
import { runcShim } from '../shim/options.ts';
import type { ShimConfig } from '../shim/runtimes-table.ts';
import type { AlikeSaid, SaidOfHandler, SaidShim } from './node-tables.ts';

export type SaidCode = 'NodesContradictTable' | 'NodesDisagree' | 'PartsMissingOnNodes';

/** What is wrong with what nodes say of a handler. */
export type SaidFlaw = { readonly code: SaidCode; readonly concernsPods: boolean; readonly flaw: HandlerFlaw };

const comparedFields = ['runtimeType', 'runtimePath', 'options', 'snapshotter'] as const;

/**
 * Judges what nodes say of a handler, by each other and by the configuration, which goes first. Never a denial: a node speaks
 * for itself, and must not be able to keep pods from others.
 *
 * @param shim what the handler resolves to
 * @param selected how many nodes pods of the class can use, whether or not they say what they have
 */
export function judgeSaid(said: SaidOfHandler, shim: ShimConfig, selected: number): readonly SaidFlaw[] {
  return [...judgeTable(said, shim), ...judgeAgreement(said), ...judgeMissing(said, selected)];
}

function judgeTable({ having }: SaidOfHandler, shim: ShimConfig): readonly SaidFlaw[] {
  if (shim.source !== 'configured') return [];
  const differing = having
    .map((alike) => ({ alike, fields: comparedFields.filter((field) => isContradicted(field, shim, alike.shim)) }))
    .filter(({ fields }) => fields.length > 0);
  const [first] = differing;
  if (first === undefined) return [];
  const count = differing.reduce((sum, { alike }) => sum + alike.count, 0);
  const text = `is declared with another ${listFields(first.fields)} than ${nodesOf(count, first.alike.example)} ${count === 1 ? 'has' : 'have'}`;
  return [{ code: 'NodesContradictTable', concernsPods: false, flaw: { is: 'said by nodes', text } }];
}

function judgeAgreement({ having }: SaidOfHandler): readonly SaidFlaw[] {
  const [first, other] = having;
  if (first === undefined || other === undefined) return [];
  const fields = comparedFields.filter((field) => textOf(first.shim, field) !== textOf(other.shim, field));
  const rest = having.slice(1).reduce((sum, { count }) => sum + count, 0);
  const text = `is not the same on all nodes: the ${listFields(fields)} of ${nodesOf(first.count, first.example)} and of ${nodesOf(rest, other.example)} ${fields.length === 1 ? 'differs' : 'differ'}`;
  return [{ code: 'NodesDisagree', concernsPods: false, flaw: { is: 'said by nodes', text } }];
}

/** Only where each node that the class can use says so: of the others nothing is known. */
function judgeMissing({ speaking, having, lacking }: SaidOfHandler, selected: number): readonly SaidFlaw[] {
  const count = having.reduce((sum, alike) => sum + alike.count, 0);
  const example = having.find(({ missing }) => missing.length > 0);
  const [part] = example?.missing ?? [];
  if (example === undefined || part === undefined || lacking < count || speaking < selected || count < speaking)
    return [];
  const every =
    count === 1
      ? `the only node that the class can use, ${quote(example.example)}`
      : `each of the ${count} nodes that the class can use, such as ${quote(example.example)}`;
  const text = `lacks ${nameOf(part.what)} ${quote(part.value)} on ${every}`;
  return [{ code: 'PartsMissingOnNodes', concernsPods: true, flaw: { is: 'said by nodes', text } }];
}

function nameOf(what: AlikeSaid['missing'][number]['what']): string {
  switch (what) {
    case 'Shim':
      return 'the shim';
    case 'RuntimePath':
      return 'the shim of its runtime_path';
    case 'BinaryName':
      return 'the OCI runtime';
    case 'ConfigPath':
      return 'the file of its ConfigPath';
    case 'Snapshotter':
      return 'the snapshotter';
  }
}

/** An entry says what an admin cares about; of what it leaves out it says nothing. */
function isContradicted(field: (typeof comparedFields)[number], table: SaidShim, node: SaidShim): boolean {
  return table[field] !== undefined && textOf(table, field) !== textOf(node, field);
}

function textOf(shim: SaidShim, field: (typeof comparedFields)[number]): string {
  return field === 'options' ? optionsText(shim) : (shim[field] ?? '');
}

/** Without what is the same as nothing: what containerd takes as not set, and runc for runc's shim. */
function optionsText({ runtimeType, options = {} }: SaidShim): string {
  const isNothing = (key: string, value: JsonObject[string]) =>
    value === '' ||
    value === false ||
    value === 0 ||
    (runtimeType === runcShim && key === 'BinaryName' && value === 'runc');
  return canonicalJson(
    Object.fromEntries(Object.entries(options).filter(([key, value]) => !isNothing(key, value ?? ''))),
  );
}

function listFields(fields: readonly string[]): string {
  const [last = '', ...before] = fields.toReversed();
  return before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`;
}

function nodesOf(count: number, example: string): string {
  return count === 1 ? `node ${quote(example)}` : `${count} nodes, such as ${quote(example)},`;
}
