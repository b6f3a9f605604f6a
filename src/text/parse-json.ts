import { LineCounter } from 'yaml';
import type { LocatedValue, Place } from './located-value.ts';
import { TextSyntaxError } from './text-syntax-error.ts';

/** Deeper than any file of a node; Go's encoding/json ends at 10,000. */
const maxDepth = 200;

type Token = { readonly text: string; readonly offset: number };

/**
 * Parses JSON as strictly as JSON.parse and Go's encoding/json do, and keeps where each key stands. Of a key that is
 * written twice, the later one counts, as in both.
 *
 * @param file how places call the text
 * @throws TextSyntaxError at the first mistake; its message holds nothing of the text
 */
export function parseJson(text: string, file: string): LocatedValue {
  const place = placer(text, file);
  const tokens = tokenize(text, place);
  let next = 0;
  const end: Token = { text: '', offset: text.length };
  const peek = () => tokens[next] ?? end;
  const fail = (expected: string): never => {
    throw new TextSyntaxError(`${expected} is missing here.`, place(peek().offset));
  };
  const take = (expected: string): Token => {
    const token = peek();
    if (token.text !== expected) fail(JSON.stringify(expected));
    next++;
    return token;
  };

  function readValue(at: Place | undefined, depth: number): LocatedValue {
    const token = peek();
    const here = at ?? place(token.offset);
    if (depth > maxDepth) throw new TextSyntaxError('It is nested too deeply to be read.', here);
    switch (token.text.charAt(0)) {
      case '{':
        return readObject(here, depth);
      case '[':
        return readArray(here, depth);
      case '"':
        next++;
        return { kind: 'string', at: here, value: unquote(token) };
      case 't':
      case 'f':
        next++;
        return { kind: 'boolean', at: here, value: token.text === 'true' };
      case 'n':
        next++;
        return { kind: 'null', at: here };
      case '':
      case '}':
      case ']':
      case ':':
      case ',':
        return fail('A value');
      default:
        next++;
        return readNumber(token.text, here);
    }
  }

  function readObject(at: Place, depth: number): LocatedValue {
    const entries = new Map<string, LocatedValue>();
    take('{');
    while (peek().text !== '}') {
      if (entries.size > 0) take(',');
      const key = peek();
      if (!key.text.startsWith('"')) fail('A key in double quotes');
      next++;
      take(':');
      entries.set(unquote(key), readValue(place(key.offset), depth + 1));
    }
    take('}');
    return { kind: 'table', at, entries };
  }

  function readArray(at: Place, depth: number): LocatedValue {
    const items: LocatedValue[] = [];
    take('[');
    while (peek().text !== ']') {
      if (items.length > 0) take(',');
      items.push(readValue(undefined, depth + 1));
    }
    take(']');
    return { kind: 'array', at, items };
  }

  const value = readValue(undefined, 0);
  if (next < tokens.length) throw new TextSyntaxError('The text goes on behind its end.', place(peek().offset));
  return value;
}

/** Source: RFC 8259. The alternatives begin with different characters, so nothing is tried twice. */
const tokenPattern =
  /[{}[\]:,]|"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;

function tokenize(text: string, place: (offset: number) => Place): readonly Token[] {
  const tokens: Token[] = [];
  const blanks = /[ \t\r\n]*/y;
  let offset = 0;
  for (;;) {
    blanks.lastIndex = offset;
    offset += blanks.exec(text)?.[0].length ?? 0;
    if (offset >= text.length) return tokens;
    tokenPattern.lastIndex = offset;
    const found = tokenPattern.exec(text)?.[0];
    if (found === undefined || /[\w.]/.test(isWord(found) ? text.charAt(offset + found.length) : ''))
      throw new TextSyntaxError('This is no JSON.', place(offset));
    tokens.push({ text: found, offset });
    offset += found.length;
  }
}

function isWord(token: string): boolean {
  return /^[-\dtfn]/.test(token);
}

/** encoding/json keeps a number as a float64, so that a large integer is not exact there either. */
function readNumber(text: string, at: Place): LocatedValue {
  const value = Number(text);
  return Number.isSafeInteger(value) && /^-?\d+$/.test(text)
    ? { kind: 'integer', at, value: BigInt(text) }
    : { kind: 'float', at, value };
}

/** Of a token that begins with a double quote. */
function unquote({ text }: Token): string {
  return JSON.parse(text) as string;
}

function placer(text: string, file: string): (offset: number) => Place {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
}
