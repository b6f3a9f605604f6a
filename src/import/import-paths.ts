import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LocatedFinding } from '../config/read-configuration.ts';
import { combineNodes, type CombinedRuntimes } from './combine-nodes.ts';
import { loadContainerdFiles, startOf } from './containerd-files.ts';
import { containerdRuntimes } from './containerd-runtimes.ts';
import { importFinding } from './import-finding.ts';
import { nodeFiles, type NodeFiles } from './node-files.ts';
import type { NodeRuntimes } from './node-runtimes.ts';

export type ImportResult = CombinedRuntimes & {
  /** By node, and within a node in the order of the text. */
  readonly findings: readonly LocatedFinding[];
  /** The files that something was imported from, by the names that findings use. */
  readonly sources: readonly string[];
};

/** One file of a node, before it is known whether another one imports it. */
type Candidate = {
  readonly path: string;
  readonly node: NodeRuntimes | undefined;
  readonly findings: readonly LocatedFinding[];
  readonly imports: ReadonlySet<string>;
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

/** What each node has, before the nodes are compared. */
export type NodeReading = {
  readonly nodes: readonly NodeRuntimes[];
  readonly findings: readonly LocatedFinding[];
};

/** Imports what files of nodes say of runtimes, and makes one table of it. */
export async function importPaths(paths: readonly string[]): Promise<ImportResult> {
  const { nodes, findings } = await readNodes(paths);
  const all = [...findings];
  const combined = combineNodes(nodes, (found) => all.push(found));
  return { ...combined, findings: inTextOrder(all), sources: nodes.map(({ source }) => source) };
}

/**
 * Reads what files of nodes say of runtimes. A file stands for the node that it is from; a directory is the root of a
 * node's file system, or of a copy of it, and is searched at the known places.
 */
export async function readNodes(paths: readonly string[]): Promise<NodeReading> {
  const candidates: Candidate[] = [];
  for (const path of paths) candidates.push(...(await candidatesOf(path)));
  const own = ownNodes(candidates);
  return {
    nodes: own.flatMap(({ node }) => (node === undefined ? [] : [node])),
    findings: own.flatMap(({ findings }) => findings),
  };
}

async function candidatesOf(path: string): Promise<readonly Candidate[]> {
  if (!(await isDirectory(path))) return [await readCandidate(nodeFiles(), resolve(path))];
  const files = nodeFiles(resolve(path));
  const found: Candidate[] = [];
  for (const place of knownPlaces) {
    if ((await files.read(place)).kind !== 'missing') found.push(await readCandidate(files, place));
  }
  if (found.length > 0) return found;
  const message = `The directory has none of ${knownPlaces.map((place) => place.slice(1)).join(', ')}.`;
  const fix = "Give the root of a node's files, or the files themselves.";
  const finding = importFinding('UnreadableFile', startOf(path), message, fix);
  return [{ path, node: undefined, findings: [finding], imports: new Set() }];
}

async function readCandidate(files: NodeFiles, path: string): Promise<Candidate> {
  const findings: LocatedFinding[] = [];
  const report = (found: LocatedFinding) => findings.push(found);
  const { tables, paths } = await loadContainerdFiles(files, path, report);
  const node = tables.length === 0 ? undefined : containerdRuntimes(tables, files.shown(path), report);
  return { path, node, findings, imports: paths };
}

/** A file that another one imports is part of that one's node, and no node of its own. */
function ownNodes(candidates: readonly Candidate[]): readonly Candidate[] {
  const own = new Set(candidates);
  for (const candidate of candidates) {
    if ([...own].some((other) => other !== candidate && other.imports.has(candidate.path))) own.delete(candidate);
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
