import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { listVersions, verbFor, type ContainerdVersion } from '../shim/containerd-version.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';
import { combineNodes, type CombinedRuntimes } from './combine-nodes.ts';
import { matchClasses, type ClassHandler } from './handlers-of-classes.ts';
import { importFinding } from './import-finding.ts';
import { startOf } from '../text/located-value.ts';
import { nodeFiles, withStandardInput, type NodeFiles } from './node-files.ts';
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

/**
 * Where a configuration lies on a node: containerd's own place, Docker's, and those of distributions that bring their
 * containerd along.
 */
const knownPlaces: readonly string[] = [
  '/etc/containerd/config.toml',
  '/etc/docker/daemon.json',
  '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
  '/var/lib/rancher/rke2/agent/etc/containerd/config.toml',
];

/**
 * Imports what files of nodes say of runtimes, makes one table of it, and matches it with RuntimeClasses.
 *
 * @param version of the nodes' containerd, where that is known
 */
export async function importPaths(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array> = process.stdin,
  version?: ContainerdVersion,
): Promise<ImportResult> {
  const { nodes, classes, findings } = await readNodes(paths, stdin, version);
  const all = [...findings];
  const report = (found: LocatedFinding) => all.push(found);
  const combined = combineNodes(nodes, report);
  matchClasses(classes, nodes, report);
  return { ...combined, findings: inTextOrder(all), sources: nodes.map(sourceOf) };
}

/**
 * Reads what files of nodes say of runtimes. A file stands for the node that it is from; a directory is the root of a
 * node's file system, or of a copy of it, and is searched at the known places; - is standard input.
 */
export async function readNodes(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array> = process.stdin,
  version?: ContainerdVersion,
): Promise<NodeReading> {
  const contents: FileContent[] = [];
  for (const path of paths) contents.push(...(await readPath(path, stdin, version)));
  const own = ownNodes(contents);
  return {
    nodes: own.flatMap(({ node }) => (node === undefined ? [] : [node])),
    classes: own.flatMap(({ classes }) => classes),
    findings: own.flatMap(({ findings }) => findings),
  };
}

async function readPath(
  path: string,
  stdin: AsyncIterable<Uint8Array>,
  version: ContainerdVersion | undefined,
): Promise<readonly FileContent[]> {
  if (path === '-') {
    const place = resolve('stdin');
    return [await readPlace(await withStandardInput(nodeFiles(), place, stdin), place, version)];
  }
  if (!(await isDirectory(path))) return [await readPlace(nodeFiles(), resolve(path), version)];
  const files = nodeFiles(resolve(path));
  const found: FileContent[] = [];
  for (const place of knownPlaces) {
    const reading = await files.read(place);
    if (reading.kind !== 'missing') found.push(await readNode(files, place, reading, version));
  }
  if (found.length > 0) return found;
  const message = `The directory has none of ${knownPlaces.map((place) => place.slice(1)).join(', ')}.`;
  const fix = "Give the root of a node's files, or the files themselves.";
  const finding = importFinding('UnreadableFile', startOf(path), message, fix);
  return [{ path, node: undefined, classes: [], findings: [finding], imports: new Set() }];
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
  const byText = Map.groupBy(findings, ({ source, message }) => JSON.stringify([source, message]));
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
