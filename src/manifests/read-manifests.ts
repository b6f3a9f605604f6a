import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parseText, type TextDocument } from '../config/document.ts';
import type { LocatedFinding } from '../config/read-configuration.ts';
import { finding } from '../finding/finding.ts';
import type { PathSegment } from '../finding/field-path.ts';

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

const manifestEndings: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);

/**
 * Reads Kubernetes objects as kubectl does: files of many documents, `List`s, directories (here with their
 * subdirectories; files that end in .yaml, .yml or .json), and `-` for standard input.
 *
 * A file that cannot be read, or a document that is no Kubernetes object, is a finding and stops nothing else.
 */
export async function readManifests(paths: readonly string[], stdin: NodeJS.ReadableStream): Promise<Manifests> {
  const objects: ManifestObject[] = [];
  const findings: LocatedFinding[] = [];
  const attempt = async (path: string, read: () => Promise<void>) => {
    try {
      await read();
    } catch (error) {
      findings.push(unreadable(path, 1, 1, `The file cannot be read: ${errorText(error)}`));
    }
  };
  for (const path of paths) {
    await attempt(path, async () => {
      for (const file of path === '-' ? ['-'] : await listFiles(path)) {
        await attempt(file, async () => {
          const bytes = file === '-' ? await buffer(stdin) : await readFile(file);
          const read = parseManifests(bytes, file === '-' ? 'stdin' : file);
          objects.push(...read.objects);
          findings.push(...read.findings);
        });
      }
    });
  }
  return { objects, findings };
}

/** Reads the objects of one text. @param file how findings call it */
export function parseManifests(bytes: Uint8Array, file: string): Manifests {
  const { documents, problems } = parseText(bytes);
  const objects: ManifestObject[] = [];
  const findings = problems.map(({ message, position }) => unreadable(file, position.line, position.column, message));
  for (const document of documents) collect(document.value, [], document, file, objects, findings);
  return { objects, findings };
}

/** @param implied what an item is that does not say so itself: the API server leaves that out of a typed list's items */
function collect(
  value: unknown,
  path: readonly PathSegment[],
  document: TextDocument,
  file: string,
  objects: ManifestObject[],
  findings: LocatedFinding[],
  implied: Partial<TypeMeta> = {},
): void {
  const { line, column } = document.positionOf(path);
  const type = typeOf(value, implied);
  if (type === undefined) {
    findings.push(unreadable(file, line, column, 'This is no Kubernetes object: it has no apiVersion and kind.'));
    return;
  }
  const { apiVersion, kind, items } = type;
  if (kind.endsWith('List') && Array.isArray(items)) {
    const itemKind = kind.slice(0, -'List'.length);
    const impliedType = itemKind === '' ? {} : { apiVersion, kind: itemKind };
    for (const [index, item] of items.entries())
      collect(item, [...path, 'items', index], document, file, objects, findings, impliedType);
    return;
  }
  objects.push({ apiVersion, kind, value: type.value, source: { file, line } });
}

type TypeMeta = { readonly apiVersion: string; readonly kind: string };

/** Undefined where a value is no Kubernetes object. Source: apimachinery, UnstructuredJSONScheme, decodeToList. */
function typeOf(
  value: unknown,
  implied: Partial<TypeMeta>,
): (TypeMeta & { readonly value: object; readonly items?: unknown }) | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const own = value as { readonly apiVersion?: unknown; readonly kind?: unknown; readonly items?: unknown };
  const { apiVersion, kind } = own.kind === undefined ? { ...own, ...implied } : own;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  return { apiVersion, kind, value, items: own.items };
}

async function listFiles(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  // A mounted ConfigMap holds each file once more below `..data` and the directory that it points at.
  const isHidden = (file: string) =>
    relative(path, file)
      .split(sep)
      .some((part) => part.startsWith('.'));
  return entries
    .filter((entry) => !entry.isDirectory() && manifestEndings.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !isHidden(file))
    .toSorted();
}

function unreadable(file: string, line: number, column: number, message: string): LocatedFinding {
  return { ...finding('UnreadableManifest', { field: '', message }), source: { file, line, column } };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
