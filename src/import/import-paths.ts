import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, posix, relative, resolve, sep } from 'node:path';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { listVersions, verbFor, type ContainerdVersion } from '../shim/containerd-version.ts';
import { combineNodes, type CombinedRuntimes } from './combine-nodes.ts';
import { matchClasses, type ClassHandler } from './handlers-of-classes.ts';
import { importFinding } from './import-finding.ts';
import { startOf } from '../text/located-value.ts';
import { knownPaths, thatCount } from './known-places.ts';
import { nodeFiles, withStandardInput, type FileReading, type NodeFiles } from './node-files.ts';
import type { NodeRuntimes } from './node-runtimes.ts';
import { readNode, type FileContent } from './read-node.ts';

export type ImportResult = CombinedRuntimes & {
  /** By node, and within a node in the order of the text. */
  readonly findings: readonly LocatedFinding[];
  /** The files that something was imported from, by the names that findings use. */
  readonly sources: readonly string[];
};

/** What each node has, before the nodes are compared. */
export type NodeReading = {
  readonly nodes: readonly NodeRuntimes[];
  readonly classes: readonly ClassHandler[];
  readonly findings: readonly LocatedFinding[];
};

/** What is known of the nodes besides their files. */
export type KnownOfNodes = {
  /** The directory below which the files of a node are; undefined where this machine has them. */
  readonly root?: string | undefined;
  /** Of their containerd; undefined where only the files can tell. */
  readonly version?: ContainerdVersion | undefined;
};

/** Imports what files of nodes say of runtimes, makes one table of it, and matches it with RuntimeClasses. */
export async function importPaths(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array> = process.stdin,
  known: KnownOfNodes = {},
): Promise<ImportResult> {
  const { nodes, classes, findings } = await readNodes(paths, stdin, known);
  const all = [...findings];
  const report = (found: LocatedFinding) => all.push(found);
  const combined = combineNodes(nodes, report);
  matchClasses(classes, nodes, report);
  return { ...combined, findings: inTextOrder(all), sources: nodes.map(sourceOf) };
}

/**
 * Reads what files of nodes say of runtimes. A file stands for the node that it is from; a directory is the root of a
 * node's file system, or of a copy of it, and is searched at the known places; - is standard input. With a root, paths are
 * those on the node, or of files below it.
 */
export async function readNodes(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array> = process.stdin,
  known: KnownOfNodes = {},
): Promise<NodeReading> {
  const contents: FileContent[] = [];
  for (const path of paths) contents.push(...(await readPath(path, known, stdin)));
  const own = ownNodes(contents);
  return {
    nodes: own.flatMap(({ node }) => (node === undefined ? [] : [node])),
    classes: own.flatMap(({ classes }) => classes),
    findings: own.flatMap(({ findings }) => findings),
  };
}

async function readPath(
  path: string,
  { root, version }: KnownOfNodes,
  stdin: AsyncIterable<Uint8Array>,
): Promise<readonly FileContent[]> {
  const rooted = root === undefined ? undefined : resolve(root);
  if (path === '-') return [await readStandardInput({ root: rooted, version }, stdin)];
  if (rooted !== undefined) {
    const place = placeBelow(rooted, path);
    const files = nodeFiles(rooted);
    return (await isDirectory(files.onDisk(place)))
      ? readRoot(files.onDisk(place), path, version)
      : [await readPlace(files, place, version)];
  }
  if (await isDirectory(path)) return readRoot(resolve(path), path, version);
  const file = resolve(path);
  return [await readPlace(nodeFiles(undefined, knownPaths.includes(file) ? undefined : dirname(file)), file, version)];
}

/** An empty file is a configuration that says nothing. An empty pipe is more likely one whose writer has failed. */
async function readStandardInput(
  { root, version }: KnownOfNodes,
  stdin: AsyncIterable<Uint8Array>,
): Promise<FileContent> {
  const place = root === undefined ? resolve('stdin') : '/stdin';
  const files = await withStandardInput(nodeFiles(root, root === undefined ? dirname(place) : undefined), place, stdin);
  const reading = await files.read(place);
  if (reading.kind !== 'bytes' || reading.bytes.some((byte) => !isBlank(byte)))
    return readNode(files, place, reading, version);
  const message = 'There is nothing on standard input.';
  const fix = 'Look whether the command before the pipe has failed.';
  return nothingFrom(place, importFinding('UnreadableFile', startOf('stdin'), message, fix));
}

/** A space, a tab, or the end of a line. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function nothingFrom(path: string, found: LocatedFinding): FileContent {
  return { path, node: undefined, classes: [], findings: [found], imports: new Set() };
}

/** The path on the node: of a file below the root as it is here, or as it is on the node. */
function placeBelow(root: string, path: string): string {
  const fromRoot = relative(root, resolve(path));
  const isBelow = !fromRoot.startsWith('..') && !isAbsolute(fromRoot);
  return posix.resolve('/', isBelow ? fromRoot.replaceAll(sep, '/') : path);
}

/** @param path how the user called it */
async function readRoot(
  root: string,
  path: string,
  version: ContainerdVersion | undefined,
): Promise<readonly FileContent[]> {
  const files = nodeFiles(root);
  const readings = new Map<string, FileReading>();
  for (const place of knownPaths) {
    const reading = await files.read(place);
    if (reading.kind !== 'missing') readings.set(place, reading);
  }
  const found: FileContent[] = [];
  for (const place of thatCount([...readings.keys()])) {
    const reading = readings.get(place);
    if (reading !== undefined) found.push(await readNode(files, place, reading, version));
  }
  if (found.length > 0) return found;
  const message = `The directory has none of ${knownPaths.map((place) => place.slice(1)).join(', ')}.`;
  const fix = "Give the root of a node's files, the files themselves, or both: --root DIRECTORY FILE.";
  return [nothingFrom(path, importFinding('UnreadableFile', startOf(path), message, fix))];
}

async function readPlace(
  files: NodeFiles,
  place: string,
  version: ContainerdVersion | undefined,
): Promise<FileContent> {
  return readNode(files, place, await files.read(place), version);
}

/** The file, and for which versions of containerd the table holds where it is not the same for all that the node can have. */
function sourceOf({ source, heldBy }: NodeRuntimes): string {
  return heldBy === undefined ? source : `${source}, as ${listVersions(heldBy)} ${verbFor(heldBy, 'reads', 'read')} it`;
}

/** A file that another one imports is part of that one's node, and no node of its own. */
function ownNodes(contents: readonly FileContent[]): readonly FileContent[] {
  const own = new Set(contents);
  for (const content of contents) {
    if ([...own].some((other) => other !== content && other.imports.has(content.path))) own.delete(content);
  }
  return [...own];
}

/** Files in the order in which they were come across, their findings by line; the same one is said once. */
function inTextOrder(findings: readonly LocatedFinding[]): readonly LocatedFinding[] {
  const byText = Map.groupBy(findings, ({ source, statement }) => JSON.stringify([source, statement]));
  const unique = [...byText.values()].flatMap(([first]) => (first === undefined ? [] : [first]));
  const byFile = Map.groupBy(unique, ({ source }) => source.file);
  return [...byFile.values()].flatMap((ofFile) =>
    ofFile.toSorted((a, b) => a.source.line - b.source.line || a.source.column - b.source.column),
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
