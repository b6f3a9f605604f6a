import { CORE_SCHEMA, load } from 'js-yaml';
import type { Position } from '../finding/located-finding.ts';

/** The value of a YAML document, and where it begins. */
export type PlainDocument = {
  readonly value: unknown;
  readonly start: Position;
  /** Where the first item begins, behind its dash; undefined where the value is no list. */
  readonly firstItem: Position | undefined;
};

/**
 * Reads one YAML document of the kind that programs write: block style, plain and quoted scalars, literal and folded
 * blocks. Such a document means the same to every parser, so that one that is ten times as fast may read it, which does
 * not tell where a value stands.
 *
 * @param text without byte order mark
 * @returns undefined where the text has anything else in it (tags, anchors, aliases, directives, tabs, carriage returns,
 *   flow collections that are not empty, keys that are no strings, numbers with exponents, a second document), or cannot
 *   be read: then it is for the parser that knows all of YAML, and what is wrong
 */
export function readPlainYaml(text: string): PlainDocument | undefined {
  const start = findContent(text);
  if (start === undefined) return undefined;
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA });
  } catch {
    return undefined;
  }
  beginning.lastIndex = start.offset;
  const [, indentation = '', dash = ''] = beginning.exec(text) ?? [];
  const position = (column: number): Position => ({ line: start.line, column: column + 1 });
  return {
    value,
    start: position(indentation.length),
    firstItem: dash === '' ? undefined : position(indentation.length + dash.length),
  };
}

/** Of the first line with content. */
const beginning = /( *)(- +)?/y;

/** Longer texts are few, and left to the parser that has no regular expressions in it. */
const maxCharacters = 1024 * 1024;

/** Characters that parsers differ about, or that make a line end or an indentation of what looks like none. */
const odd = /[^\n\x20-\x7e\xa1-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

/** No indicator begins a plain scalar, and none within ends it. Other white space than blanks is left to others. */
const plainStart = String.raw`(?:[^\s\-?:,\[\]{}#&*!|>'"%@\x60]|-(?=[^\s\-]))`;
const plainRest = String.raw`[^\s:#]*(?:(?::(?=\S)|(?<=\S)#| +(?=[^\s#]))[^\s:#]*)*`;
/** What one parser takes for infinite, and another for a text. */
const oddNumber = String.raw`[-+]?(?:[\d.]+[eE][-+]?\d+|[\d.]{200,}) *$`;
const plainScalar = String.raw`(?!${oddNumber})${plainStart}${plainRest}`;

/** A line break in a quoted scalar is a blank; empty lines, and breaks that are escaped, are left to others. */
const lineBreak = String.raw`\n +(?=\S)`;
const doubleQuoted = String.raw`"[^"\\\n]*(?:(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|${lineBreak})[^"\\\n]*)*"`;
const singleQuoted = String.raw`'[^'\n]*(?:(?:''|${lineBreak})[^'\n]*)*'`;
const scalar = String.raw`(?:${plainScalar}|${doubleQuoted}|${singleQuoted}|\{\}|\[\])`;

/** Keys are short and stand on one line, and no plain one is null, a boolean or a number. */
const plainKey = String.raw`(?!(?:[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE):)(?:[A-Za-z_/$](?:[^\s:#]|:(?=\S)){0,500}|\.)`;
const quotedKey = String.raw`"(?:[^"\\\n]|\\["\\/bfnrt]){0,500}"|'(?:[^'\n]|''){0,500}'`;
const key = String.raw`(?:${plainKey}|${quotedKey}):`;

/** A line with content, and the lines that a quoted scalar goes on for. */
const content = new RegExp(
  String.raw`(?!---|\.\.\.) {0,200}(?:- +){0,8}(?:${key}(?: +${scalar})?|${scalar}) *\n`,
  'my',
);

/** The line before a block of text. */
const blockHeader = new RegExp(String.raw`( {0,200})((?:- +){0,8})(?:(${key}) +)?[|>][-+]? *\n`, 'y');

const blankOrComment = / *(?:#.*)?\n/y;
const startMarker = /--- *\n/y;

type Place = { readonly offset: number; readonly line: number };

/** Whether a text is plain from end to end. @returns where its content begins; undefined where it is not plain */
function findContent(text: string): Place | undefined {
  if (text.length > maxCharacters || !text.endsWith('\n') || odd.test(text)) return undefined;
  let start: Place | undefined;
  let isMarked = false;
  let line = 1;
  for (let offset = 0; offset < text.length;) {
    const end = endOf(content, text, offset) ?? endOfBlock(text, offset);
    if (end !== undefined) {
      start ??= { offset, line };
      offset = end;
      continue;
    }
    let next = endOf(blankOrComment, text, offset);
    if (next === undefined && start === undefined && !isMarked) {
      next = endOf(startMarker, text, offset);
      isMarked = true;
    }
    if (next === undefined) return undefined;
    offset = next;
    line++;
  }
  return start;
}

/** @param pattern a sticky one */
function endOf(pattern: RegExp, text: string, offset: number): number | undefined {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Where a block of text ends whose header stands at an offset; undefined where there is none, or none that is plain. */
function endOfBlock(text: string, offset: number): number | undefined {
  blockHeader.lastIndex = offset;
  const header = blockHeader.exec(text);
  if (header === null) return undefined;
  const [, blanks = '', dashes = '', ownKey] = header;
  // A block in a list is deeper than the dash, one in a map is deeper than the key.
  const parent = ownKey === undefined ? blanks.length + dashes.trimEnd().length - 1 : blanks.length + dashes.length;
  let least: number | undefined;
  for (let next = blockHeader.lastIndex; next < text.length; next = text.indexOf('\n', next) + 1) {
    let indentation = 0;
    while (text.charCodeAt(next + indentation) === blank) indentation++;
    const isBlank = text.charCodeAt(next + indentation) === newline;
    if (least === undefined) {
      if (isBlank ? indentation > 0 : indentation <= parent) return undefined;
      if (!isBlank) least = indentation;
    } else if (!isBlank && indentation < least) {
      return indentation <= parent ? next : undefined;
    }
  }
  return least === undefined ? undefined : text.length;
}

const [blank, newline] = [0x20, 0x0a];
