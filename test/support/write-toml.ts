/** A value of TOML, as plain data. */
export type Plain = string | number | boolean | readonly Plain[] | PlainTable;
export type PlainTable = { readonly [key: string]: Plain };

/** Makes the same choice each time for the same test case: `choose(3)` is 0, 1 or 2. */
export type Choose = (options: number) => number;

/**
 * Writes a document in one of the many ways that mean the same: headers, dotted keys and inline tables, bare and quoted
 * keys, basic, literal and multi-line strings, comments and blanks, LF or CRLF.
 */
export function writeToml(document: PlainTable, choose: Choose): string {
  const lines: string[] = [];
  writeBody(document, [], lines, choose);
  return lines.join(choose(3) === 0 ? '\r\n' : '\n') + (choose(2) === 0 ? '\n' : '');
}

function writeBody(table: PlainTable, path: readonly string[], lines: string[], choose: Choose): void {
  const later: [string, PlainTable][] = [];
  for (const [key, value] of Object.entries(table)) {
    if (isTable(value) && choose(4) > 0) later.push([key, value]);
    else if (isTable(value) && Object.keys(value).length > 0 && choose(2) === 0)
      writeDotted([key], value, lines, choose);
    else
      lines.push(
        `${writeKey(key, choose)}${blank(choose)}=${blank(choose)}${writeValue(value, choose)}${comment(choose)}`,
      );
  }
  for (const [key, value] of later) {
    const header = [...path, key].map((part) => writeKey(part, choose)).join(choose(5) === 0 ? ' . ' : '.');
    // A header is only needed where something stands right below it.
    const isOnlyTables = Object.values(value).every(isTable) && Object.keys(value).length > 0;
    const before = lines.length;
    lines.push(`${choose(4) === 0 ? '  ' : ''}[${header}]${comment(choose)}`);
    const from = lines.length;
    writeBody(value, [...path, key], lines, choose);
    if (isOnlyTables && /^\s*\[/.test(lines[from] ?? '') && choose(2) === 0) lines.splice(before, 1);
  }
}

function writeDotted(path: readonly string[], table: PlainTable, lines: string[], choose: Choose): void {
  for (const [key, value] of Object.entries(table)) {
    const dotted = [...path, key].map((part) => writeKey(part, choose)).join('.');
    if (isTable(value) && Object.keys(value).length > 0 && choose(2) === 0)
      writeDotted([...path, key], value, lines, choose);
    else lines.push(`${dotted} = ${writeValue(value, choose)}`);
  }
}

function writeValue(value: Plain, choose: Choose): string {
  if (typeof value === 'string') return writeString(value, choose, 'value');
  if (typeof value === 'number') return writeNumber(value, choose);
  if (typeof value === 'boolean') return String(value);
  if (isTable(value)) {
    const pairs = Object.entries(value).map(([key, item]) => `${writeKey(key, choose)} = ${writeValue(item, choose)}`);
    return choose(3) === 0 && pairs.length > 0 ? `{\n  ${pairs.join(',\n  ')},\n}` : `{ ${pairs.join(', ')} }`;
  }
  const items = value.map((item) => writeValue(item, choose));
  return choose(3) === 0 ? `[\n${items.map((item) => `  ${item}, # item\n`).join('')}]` : `[${items.join(', ')}]`;
}

function writeNumber(value: number, choose: Choose): string {
  if (!Number.isSafeInteger(value)) return String(value);
  if (value >= 0 && choose(4) === 0) return `0x${value.toString(16)}`;
  return value >= 1000 && choose(2) === 0 ? String(value).replace(/(\d)(?=(\d{3})+$)/g, '$1_') : String(value);
}

function writeKey(key: string, choose: Choose): string {
  if (/^[A-Za-z0-9_-]+$/.test(key) && choose(3) > 0) return key;
  return writeString(key, choose, 'key');
}

function writeString(value: string, choose: Choose, as: 'key' | 'value'): string {
  const isLiteral = !/[^\x20-\x26\x28-\x7e]/.test(value);
  const style = choose(as === 'value' ? 4 : 2);
  if (style === 1 && isLiteral) return `'${value}'`;
  if (style === 2 && isLiteral) return `'''${value}'''`;
  const escaped = Array.from(value, escape).join('');
  return style === 3 ? `"""${escaped}"""` : `"${escaped}"`;
}

function escape(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || code === 0x7f ? `\\u${code.toString(16).padStart(4, '0')}` : character;
}

function blank(choose: Choose): string {
  return [' ', '', '  ', '\t'][choose(4)] ?? ' ';
}

function comment(choose: Choose): string {
  return choose(6) === 0 ? ' # what [this] = "is"' : '';
}

function isTable(value: Plain): value is PlainTable {
  return typeof value === 'object' && !Array.isArray(value);
}
