import { parseTOML, type AST } from 'toml-eslint-parser';
import { startOf, type LocatedTable, type LocatedValue, type Place } from './located-value.ts';
import { TextSyntaxError } from './text-syntax-error.ts';
import { syntaxUses, type TomlSyntax } from './toml-syntax.ts';

/** As of JSON: deeper than any file of a node. Who reads what was parsed goes down it by calling itself. */
const maxDepth = 200;

/** A text and what places call it. */
type Source = { readonly text: string; readonly file: string };

/** A table while it is filled. */
type OpenTable = { readonly kind: 'table'; readonly at: Place; readonly entries: Map<string, OpenValue> };
type OpenArray = { readonly kind: 'array'; readonly at: Place; readonly items: OpenValue[] };
type OpenValue = OpenTable | OpenArray | Exclude<LocatedValue, { kind: 'table' | 'array' }>;

/** What a text says, and where it is written in a way that not every reader of TOML takes. */
export type TomlDocument = LocatedTable & {
  readonly uses: readonly { readonly syntax: TomlSyntax; readonly at: Place }[];
};

/**
 * Parses TOML 1.1, as go-toml 2.4 in today's containerd does. The parser refuses duplicate keys and tables.
 *
 * toml-eslint-parser is the one kept parser for JavaScript that says where each key stands; the others, such as
 * smol-toml, give bare values.
 *
 * @param file how places call the text
 * @throws TextSyntaxError at the first mistake
 */
export function parseToml(text: string, file: string): TomlDocument {
  const root: OpenTable = { kind: 'table', at: startOf(file), entries: new Map() };
  const source: Source = { text, file };
  try {
    const program = parseTOML(text, { tomlVersion: '1.1' });
    for (const node of program.body[0].body) {
      if (node.type === 'TOMLTable') fillTable(root, node, source);
      else fillKeyValue(root, node, source, 1);
    }
    const uses = syntaxUses(program, text).map(({ syntax, loc }) => ({ syntax, at: placeOf({ loc }, source) }));
    return { ...root, uses };
  } catch (error) {
    throw toSyntaxError(error, source);
  }
}

function toSyntaxError(error: unknown, source: Source): Error {
  const { file } = source;
  if (error instanceof RangeError) {
    const message = 'It is nested too deeply, or has a string that is too long, to be read.';
    return new TextSyntaxError(message, startOf(file));
  }
  if (!(error instanceof SyntaxError)) return error instanceof Error ? error : new Error(String(error));
  const { line = 1, column = 0 } = positionOf(error);
  const message = error.message === doublyDefined ? sayingOfDouble(source.text, line) : `${error.message}.`;
  return new TextSyntaxError(message, { file, line, column: column + 1 });
}

/** What toml-eslint-parser says of a key or a table that is there already. */
const doublyDefined = 'Defining a key multiple times is invalid';

/**
 * What is defined twice, and where it was first, as an installer leaves it that ran twice: the lines, and nothing of what
 * they say. containerd refuses the file, with the second place alone.
 *
 * @param line of the second, from 1
 */
function sayingOfDouble(text: string, line: number): string {
  const lines = text.split('\n').slice(0, line);
  const last = lines.at(-1) ?? '';
  const ending = 'TOML takes it once, and containerd does not start with this file.';
  const header = headerOf(last);
  if (header === undefined) return `This key is defined twice: ${ending}`;
  const first = lines.findIndex((one) => headerOf(one) === header);
  if (first >= 0 && first < line - 1) return `This table is defined in line ${first + 1} already: ${ending}`;
  return header.startsWith('[[')
    ? `This is defined above as one table, and double brackets make a list of tables: ${ending}`
    : `This table is defined above already, or is no table there: ${ending}`;
}

/** The header that a line is, written in one way; undefined for another line. */
function headerOf(line: string): string | undefined {
  const header = /^\s*(\[[^#]*\])\s*(?:#.*)?$/.exec(line)?.[1];
  return header?.replaceAll(/[\s"']/g, '');
}

/** The parser's ParseError is not exported: a SyntaxError with lineNumber and column. */
function positionOf(error: SyntaxError): { line?: number; column?: number } {
  const line: unknown = Reflect.get(error, 'lineNumber');
  const column: unknown = Reflect.get(error, 'column');
  return { ...(typeof line === 'number' && { line }), ...(typeof column === 'number' && { column }) };
}

/** Source: TOML 1.0, sections Table and Array of Tables: a header names the last element of an array of tables. */
function fillTable(root: OpenTable, { key, kind, body }: AST.TOMLTable, source: Source): void {
  const { keys } = key;
  checkDepth(keys.length, placeOf(key, source));
  let table = root;
  for (const [index, part] of keys.entries()) {
    const name = nameOf(part);
    const at = placeOf(part, source);
    if (kind === 'array' && index === keys.length - 1) {
      const existing = table.entries.get(name);
      const array: OpenArray = existing?.kind === 'array' ? existing : { kind: 'array', at, items: [] };
      table.entries.set(name, array);
      const item: OpenTable = { kind: 'table', at, entries: new Map() };
      array.items.push(item);
      table = item;
    } else {
      table = openTable(table, name, at);
    }
  }
  for (const node of body) fillKeyValue(table, node, source, keys.length + 1);
}

/** @param depth of the table's entries */
function fillKeyValue(into: OpenTable, { key, value }: AST.TOMLKeyValue, source: Source, depth: number): void {
  const innermost = depth + key.keys.length - 1;
  checkDepth(innermost, placeOf(key, source));
  let table = into;
  for (const [index, part] of key.keys.entries()) {
    const at = placeOf(part, source);
    if (index < key.keys.length - 1) table = openTable(table, nameOf(part), at);
    else table.entries.set(nameOf(part), toValue(value, at, source, innermost));
  }
}

function openTable(parent: OpenTable, name: string, at: Place): OpenTable {
  const existing = parent.entries.get(name);
  if (existing?.kind === 'table') return existing;
  const last = existing?.kind === 'array' ? existing.items.at(-1) : undefined;
  if (last?.kind === 'table') return last;
  const table: OpenTable = { kind: 'table', at, entries: new Map() };
  parent.entries.set(name, table);
  return table;
}

function checkDepth(depth: number, at: Place): void {
  if (depth > maxDepth) throw new TextSyntaxError('It is nested too deeply to be read.', at);
}

function toValue(node: AST.TOMLContentNode, at: Place, source: Source, depth: number): OpenValue {
  checkDepth(depth, at);
  switch (node.type) {
    case 'TOMLArray': {
      const items = node.elements.map((item) => toValue(item, placeOf(item, source), source, depth + 1));
      return { kind: 'array', at, items };
    }
    case 'TOMLInlineTable': {
      const table: OpenTable = { kind: 'table', at, entries: new Map() };
      for (const pair of node.body) fillKeyValue(table, pair, source, depth + 1);
      return table;
    }
    case 'TOMLValue':
      return toScalar(node, at, source);
  }
}

function toScalar(node: AST.TOMLValue, at: Place, source: Source): OpenValue {
  switch (node.kind) {
    case 'string':
      return { kind: 'string', at, value: stringOf(node, source) };
    case 'integer':
      return { kind: 'integer', at, value: node.bigint };
    case 'float':
      return { kind: 'float', at, value: node.value };
    case 'boolean':
      return { kind: 'boolean', at, value: node.value };
    case 'offset-date-time':
    case 'local-date-time':
    case 'local-date':
    case 'local-time':
      return { kind: 'date', at, value: node.datetime };
  }
}

/** The parser makes one character of a line's end of two; go-toml, and so containerd, keeps it as it is. */
function stringOf(node: AST.TOMLStringValue, { text }: Source): string {
  const raw = node.multiline ? text.slice(...node.range) : '';
  if (!raw.includes('\r\n')) return node.value;
  if (node.style === 'literal') return raw.slice(3, -3).replace(/^\r?\n/, '');
  // A backslash at the end of a line joins it with the next; every other end of a line gets the escape for its return.
  const body = raw.slice(3, -3).replace(/^\r?\n/, '');
  const escaped = body.replace(/\\(?:[ \t]*\r?\n\s*|[^])|\r\n/g, (match) => (match === '\r\n' ? '\\r\n' : match));
  const pair = parseTOML(`a = """\n${escaped}"""`, { tomlVersion: '1.1' }).body[0].body[0];
  if (pair?.type !== 'TOMLKeyValue' || pair.value.type !== 'TOMLValue' || pair.value.kind !== 'string')
    return node.value;
  return pair.value.value;
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

function placeOf({ loc }: { readonly loc: AST.SourceLocation }, { file }: Source): Place {
  return { file, line: loc.start.line, column: loc.start.column + 1 };
}
