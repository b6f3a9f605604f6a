import { isUtf8 } from 'node:buffer';
import {
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type Scalar,
} from 'yaml';
import type { PathSegment } from '../finding/field-path.ts';
import type { Position } from '../finding/located-finding.ts';
import { quote } from '../finding/quote.ts';

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
 * Parses YAML 1.2 of any number of documents, and so JSON; a key `<<` merges maps, as kubectl has it. Empty documents are left out. Duplicate keys, unknown tags
 * and aliases that multiply or have no end are problems; a document with a problem is not among the documents, the
 * others are.
 *
 * @param bytes the text in UTF-8, with or without byte order mark
 */
export function parseText(bytes: Uint8Array): ParsedText {
  const lineCounter = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  const whole = (message: string): ParsedText => ({
    documents: [],
    problems: [{ position: { line: 1, column: 1 }, message }],
  });
  if (!isUtf8(bytes)) return whole('The file is not UTF-8 text.');
  let composed: readonly Document.Parsed[];
  try {
    composed = compose(new TextDecoder().decode(bytes), lineCounter);
  } catch (error) {
    return whole(`The file cannot be read: ${describe(error)}`);
  }
  const documents: TextDocument[] = [];
  const problems: SyntaxProblem[] = [];
  for (const document of composed) {
    try {
      const faults = findFaults(document);
      problems.push(...faults.map(({ offset, message }) => ({ position: at(offset), message })));
      if (faults.length === 0 && !isEmpty(document)) documents.push(readDocument(document, at));
    } catch (error) {
      const position = at(document.contents?.range[0] ?? 0);
      problems.push({ position, message: `The document cannot be read: ${describe(error)}` });
    }
  }
  return { documents, problems };
}

function compose(text: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  // Merges (`<<`) are of YAML 1.1, and kubectl takes them. Each alias in one counts as any other.
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'error', merge: true });
  return Array.isArray(documents) ? documents : [];
}

/** A document of comments alone, as Helm writes for a template that renders to nothing, is null. */
function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

type Fault = { readonly offset: number; readonly message: string };

/** What is wrong with a document's syntax, or composes but has no meaning as JSON. */
function findFaults(document: Document.Parsed): readonly Fault[] {
  const faults = [...document.errors, ...document.warnings];
  // The parser goes on behind the place where the stack ended, and all that it says of it is noise.
  const tooDeep = faults.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (tooDeep !== undefined) return [{ offset: tooDeep.pos[0], message: 'The document is nested too deeply.' }];
  if (faults.length > 0) return faults.map(({ pos, message }) => ({ offset: pos[0], message: `${message}.` }));
  return findReferenceFaults(document);
}

/** Aliases that name nothing, or what they are part of; and keys that are lists or maps. */
function findReferenceFaults(document: Document.Parsed): readonly Fault[] {
  const anchored = new Map<string, Node>();
  const faults: Fault[] = [];
  const fault = (node: Node, message: string) => {
    faults.push({ offset: node.range?.[0] ?? 0, message });
  };
  visit(document, {
    Alias: (_, alias, path) => {
      const source = anchored.get(alias.source);
      if (source === undefined) fault(alias, `No anchor before the alias ${quote(alias.source)} has that name.`);
      else if (path.includes(source)) fault(alias, `The alias ${quote(alias.source)} is part of what it stands for.`);
    },
    Pair: (_, { key }) => {
      if (isCollection(key)) fault(key, 'A key must be a plain value, not a list or a map.');
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return faults;
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
      const pair = value.items.find((item) => isPair(item) && isScalar(item.key) && isKey(item.key, segment));
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

/** Whether toJS makes this segment of this key: null becomes an empty string. */
function isKey({ value }: Scalar, segment: PathSegment): boolean {
  return String(value) === String(segment) || (value === null && segment === '');
}
