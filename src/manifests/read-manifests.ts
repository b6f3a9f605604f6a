import { streamFile } from '../follow/read-file.ts';
import { isPipe, streamPipe } from '../follow/read-pipe.ts';
import type { SyntaxProblem, TextDocument } from '../text/document.ts';
import { itemDocument, parseJsonItem, parseTextQuickly, startOfText } from '../text/quick-document.ts';
import type { LocatedFinding, Position } from '../finding/located-finding.ts';
import { finding } from '../finding/finding.ts';
import type { PathSegment } from '../finding/field-path.ts';
import { impliedItemType, typeOf, type TypeMeta } from './type-meta.ts';
import { isUnrenderedTemplate, unrenderedTemplate } from '../text/helm-template.ts';
import { withoutText } from '../text/syntax-message.ts';
import { listFiles } from './list-files.ts';
import { splitText } from '../text/split-text.ts';
import { passedOver } from './passed-over.ts';
import type { SplitPart } from '../text/text-part.ts';

/** Where an object stands; the line counts from 1. */
export type ManifestSource = { readonly file: string; readonly line: number };

/** Something with apiVersion and kind, as it stands in a file; nothing else about it has been checked. */
export type ManifestObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: object;
  readonly source: ManifestSource;
};

export type Manifests = {
  readonly objects: readonly ManifestObject[];
  /** What could not be read; the rest was. */
  readonly findings: readonly LocatedFinding[];
};

/** What reading a file comes upon, in the order of the text. */
export type ManifestEntry =
  | { readonly kind: 'object'; readonly object: ManifestObject }
  | { readonly kind: 'finding'; readonly finding: LocatedFinding }
  /** A file, or a directory, that could not be read at all. */
  | { readonly kind: 'fault'; readonly finding: LocatedFinding };

/** Entries of a file, in the order of the text; what a piece of it completes comes together, and has to be taken before the next. */
export type EntriesInOrder<Entry = ManifestEntry> = AsyncIterable<Iterable<Entry>>;

/**
 * Reads Kubernetes objects as kubectl does: files of many documents, `List`s, directories (here with their
 * subdirectories; files that end in .yaml, .yml or .json), and `-` for standard input. One document after the other,
 * and of long lists one item after the other: a file may be larger than memory.
 *
 * A file that cannot be read, or a document that is no Kubernetes object, is a finding and stops nothing else. A pipe is read
 * where it is named itself, as standard input is; one that a directory has is not, since nobody may ever write to it.
 *
 * @param signal ends the wait for a pipe
 * @param readFile reads what is no pipe: `readRegularFile`, or what yields entries of its own besides
 */
export async function* streamManifests<Entry = never>(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array | string>,
  signal?: AbortSignal,
  readFile: (file: string) => EntriesInOrder<ManifestEntry | Entry> = readRegularFile,
): AsyncGenerator<Iterable<ManifestEntry | Entry>, void, undefined> {
  for (const path of paths) {
    let files: readonly string[];
    try {
      files = path === '-' ? ['-'] : await listFiles(path);
    } catch (error) {
      yield [cannotRead(path, error)];
      continue;
    }
    for (const file of files) {
      try {
        if (file === '-') yield* readText(stdin, 'stdin');
        else if (file === path && (await isPipe(file))) yield* readText(streamPipe(file, signal), file);
        else yield* readFile(file);
      } catch (error) {
        yield [cannotRead(file, error)];
      }
    }
  }
}

/** Reads a file that is no pipe. @throws as streamFile does */
export function readRegularFile(file: string): EntriesInOrder {
  return readText(streamFile(file), file);
}

async function* readText(
  chunks: AsyncIterable<Uint8Array | string>,
  file: string,
): AsyncGenerator<Iterable<ManifestEntry>, void, undefined> {
  for await (const parts of splitText(chunks)) {
    const reading = new PartsReading(parts, file);
    yield reading;
    // Its other documents would be one more mistake each, and all for the same reason.
    if (reading.isTemplate) return;
  }
}

/** Reads all objects of some paths, as `streamManifests` does. */
export async function readManifests(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array | string>,
): Promise<Manifests> {
  const objects: ManifestObject[] = [];
  const findings: LocatedFinding[] = [];
  for await (const entries of streamManifests(paths, stdin)) {
    for (const entry of entries) {
      if (entry.kind === 'object') objects.push(entry.object);
      else findings.push(entry.finding);
    }
  }
  return { objects, findings };
}

/** Reads the objects of one text. @param file how findings call it @param firstLine where in the file the text begins */
export function parseManifests(bytes: Uint8Array, file: string, firstLine = 1): PartManifests {
  const { documents, problems } = parseTextQuickly(bytes);
  const objects: ManifestObject[] = [];
  const place = { file, firstLine };
  const { findings, isTemplate } = syntaxFindings(problems, bytes, place);
  for (const document of documents) collect(document.value, [], { document, place, objects, findings });
  return { objects, findings, ...(isTemplate && { isTemplate }) };
}

type PartManifests = Manifests & { readonly isTemplate?: boolean };

/** One finding for each mistake; of a template that nobody rendered one for all of them. */
function syntaxFindings(
  problems: readonly SyntaxProblem[],
  bytes: Uint8Array,
  place: DocumentPlace,
): { readonly findings: LocatedFinding[]; readonly isTemplate: boolean } {
  const [first] = problems;
  const isTemplate = first !== undefined && isUnrenderedTemplate(Buffer.from(bytes).toString('utf8'));
  const findings = isTemplate
    ? [unreadable(place, first.position, unrenderedTemplate.message, unrenderedTemplate.fix)]
    : problems.map(({ message, position }) => unreadable(place, position, withoutText(message)));
  return { findings, isTemplate };
}

/** The entries of some parts: reads one part after the other, so that none is held while the next is parsed. */
export class PartsReading implements Iterable<ManifestEntry> {
  /** Whether a part turned out to be a template that nobody rendered: what comes after it is not read. */
  isTemplate = false;
  readonly #parts: Iterable<SplitPart>;
  readonly #file: string;

  constructor(parts: Iterable<SplitPart>, file: string) {
    this.#parts = parts;
    this.#file = file;
  }

  *[Symbol.iterator](): Generator<ManifestEntry, void, undefined> {
    for (const part of this.#parts) {
      const { objects, findings, isTemplate = false } = partManifests(part, this.#file);
      for (const object of objects) yield { kind: 'object', object };
      for (const found of findings) yield { kind: 'finding', finding: found };
      this.isTemplate = isTemplate;
      if (isTemplate) return;
    }
  }
}

function partManifests(part: SplitPart, file: string): PartManifests {
  const place = { file, firstLine: part.line };
  if (part.form === 'oversized' || part.form === 'after end')
    return { objects: [], findings: [unreadable(place, startOfText, ...passedOver[part.form])] };
  if (part.form === 'item') {
    const [objects, findings]: [ManifestObject[], LocatedFinding[]] = [[], []];
    collect(part.value, [], { document: itemDocument(part.value), place, objects, findings }, impliedBy(part.listHead));
    return { objects, findings };
  }
  if (part.form === 'documents') return parseManifests(part.bytes, file, part.line);
  const { documents, problems } = part.form === 'JSON item' ? parseJsonItem(part.bytes) : parseTextQuickly(part.bytes);
  const objects: ManifestObject[] = [];
  const { findings, isTemplate } = syntaxFindings(problems, part.bytes, place);
  for (const document of documents) {
    const items: readonly unknown[] =
      part.form === 'YAML item' && Array.isArray(document.value) ? document.value : [document.value];
    for (const [index, item] of items.entries()) {
      const path = part.form === 'YAML item' ? [index] : [];
      collect(item, path, { document, place, objects, findings }, impliedBy(part.listHead));
    }
  }
  return { objects, findings, ...(isTemplate && { isTemplate }) };
}

const impliedByHead = new WeakMap<Buffer, Partial<TypeMeta>>();

/** What the items of a list are that do not say so themselves. */
function impliedBy(listHead: Buffer | undefined): Partial<TypeMeta> {
  if (listHead === undefined) return {};
  let implied = impliedByHead.get(listHead);
  if (implied === undefined) {
    implied = impliedItemType(typeOf(parseTextQuickly(listHead).documents[0]?.value, {}));
    impliedByHead.set(listHead, implied);
  }
  return implied;
}

/** Where a text stands. */
type DocumentPlace = { readonly file: string; readonly firstLine: number };

type Collection = {
  readonly document: TextDocument;
  readonly place: DocumentPlace;
  readonly objects: ManifestObject[];
  readonly findings: LocatedFinding[];
};

/** @param implied what an item is that does not say so itself: the API server leaves that out of a typed list's items */
function collect(
  value: unknown,
  path: readonly PathSegment[],
  collection: Collection,
  implied: Partial<TypeMeta> = {},
): void {
  const { document, place, objects, findings } = collection;
  const position = document.positionOf(path);
  const type = typeOf(value, implied);
  if (type === undefined) {
    findings.push(unreadable(place, position, 'This is no Kubernetes object: it has no apiVersion and kind.'));
    return;
  }
  const { apiVersion, kind, items } = type;
  if (kind.endsWith('List') && Array.isArray(items)) {
    for (const [index, item] of items.entries())
      collect(item, [...path, 'items', index], collection, impliedItemType(type));
    return;
  }
  const line = place.firstLine + position.line - 1;
  objects.push({ apiVersion, kind, value: type.value, source: { file: place.file, line } });
}

function cannotRead(file: string, error: unknown): ManifestEntry {
  const message = `The file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return { kind: 'fault', finding: unreadable({ file, firstLine: 1 }, startOfText, message) };
}

function unreadable(
  { file, firstLine }: DocumentPlace,
  { line, column }: Position,
  message: string,
  fix?: string,
): LocatedFinding {
  const source = { file, line: firstLine + line - 1, column };
  return {
    ...finding('UnreadableManifest', { field: '', statement: message, ...(fix !== undefined && { fix }) }),
    source,
  };
}
