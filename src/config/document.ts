import { isMap, isPair, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node } from 'yaml';
import type { PathSegment } from '../finding/field-path.ts';
import { quote } from '../finding/quote.ts';

/** A place in a text; line and column count from 1. */
export type Position = { readonly line: number; readonly column: number };

/** One YAML or JSON document of a text, and where each of its values stands. */
export type TextDocument = {
  readonly value: unknown;
  /** Where the document begins. */
  readonly start: Position;
  /** Where a value stands; where there is none at that path, the nearest value around it. */
  readonly positionOf: (path: readonly PathSegment[]) => Position;
  /** Where the key of a value stands. */
  readonly keyPositionOf: (path: readonly PathSegment[]) => Position;
};

export type SyntaxProblem = { readonly position: Position; readonly message: string };

export type ParsedText = {
  readonly documents: readonly TextDocument[];
  readonly problems: readonly SyntaxProblem[];
};

/** An alias may be used so often: enough for people, too little for a document that unfolds without end. */
const maxAliasCount = 100;

/**
 * Parses YAML 1.2 of any number of documents, and so JSON. Empty documents are left out. Duplicate keys, unknown tags
 * and aliases that multiply are problems; a document with a problem is not among the documents, the others are.
 *
 * @param bytes the text in UTF-8, with or without byte order mark
 */
export function parseText(bytes: Uint8Array): ParsedText {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { documents: [], problems: [{ position: { line: 1, column: 1 }, message: 'The file is not UTF-8 text.' }] };
  }
  const lineCounter = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  const documents: TextDocument[] = [];
  const problems: SyntaxProblem[] = [];
  try {
    const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false });
    for (const document of Array.isArray(parsed) ? parsed : []) {
      const faults = [...document.errors, ...document.warnings];
      problems.push(...faults.map((fault) => ({ position: at(fault.pos[0]), message: `${fault.message}.` })));
      if (faults.length > 0 || document.contents === null) continue;
      documents.push(readDocument(document, at));
    }
  } catch (error) {
    problems.push({ position: at(0), message: `The file cannot be read: ${describe(error)}` });
  }
  return { documents, problems };
}

function describe(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deeply.';
  return error instanceof Error ? `${quote(error.message)}.` : 'unknown reason.';
}

function readDocument(document: Document.Parsed, at: (offset: number) => Position): TextDocument {
  const startOf = (node: Node | null | undefined) => at(node?.range?.[0] ?? 0);
  return {
    value: document.toJS({ maxAliasCount }) as unknown,
    start: startOf(document.contents),
    positionOf: (path) => startOf(walk(document.contents, path).value),
    keyPositionOf: (path) => {
      const found = walk(document.contents, path);
      return startOf(found.key ?? found.value);
    },
  };
}

/** The key and value nodes at a path, or the deepest ones on the way to it. */
function walk(root: Node | null, path: readonly PathSegment[]): { key?: Node | undefined; value: Node | null } {
  let value = root;
  let key: Node | undefined;
  for (const segment of path) {
    if (isMap(value)) {
      const pair = value.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(segment),
      );
      if (pair === undefined) return { value };
      key = pair.key as Node;
      value = (pair.value as Node | null) ?? key;
    } else if (isSeq(value)) {
      const item = value.items[Number(segment)] as Node | undefined;
      if (item === undefined) return { value };
      key = undefined;
      value = item;
    } else {
      return { key, value };
    }
  }
  return { key, value };
}
