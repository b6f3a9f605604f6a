import type { LocatedFinding } from '../config/read-configuration.ts';
import { loadContainerdFiles, startOf } from './containerd-files.ts';
import { containerdRuntimes } from './containerd-runtimes.ts';
import { crictlRuntimes, isCrictlInfo } from './crictl-runtimes.ts';
import { dockerRuntimes } from './docker-runtimes.ts';
import { readClassHandlers, type ClassHandler } from './handlers-of-classes.ts';
import { importFinding } from './import-finding.ts';
import type { LocatedTable } from './located-value.ts';
import type { NodeFiles } from './node-files.ts';
import type { NodeRuntimes } from './node-runtimes.ts';
import { parseJson } from './parse-json.ts';
import { decodeText, recognizeFile } from './recognize-file.ts';
import { TextSyntaxError } from './text-syntax-error.ts';

/** What one file says, with the files that it imports. */
export type FileContent = {
  /** Where it is on this machine. */
  readonly path: string;
  /** Undefined for a manifest, and for what could not be read. */
  readonly node: NodeRuntimes | undefined;
  readonly classes: readonly ClassHandler[];
  readonly findings: readonly LocatedFinding[];
  /** The files of this machine that were looked at, this one included. */
  readonly imports: ReadonlySet<string>;
};

/** Keys of a daemon.json, of which it has at least one; an empty one is Docker's too. */
const dockerKeys: readonly string[] = [
  'runtimes',
  'default-runtime',
  'exec-opts',
  'log-driver',
  'log-opts',
  'log-level',
  'storage-driver',
  'data-root',
  'registry-mirrors',
  'insecure-registries',
  'features',
  'hosts',
  'bip',
  'dns',
  'live-restore',
  'iptables',
  'debug',
];

/** Reads one file of a node, whatever kind it is. @param path the path on the node, absolute */
export async function readNode(files: NodeFiles, path: string): Promise<FileContent> {
  const findings: LocatedFinding[] = [];
  const report = (found: LocatedFinding) => findings.push(found);
  const shown = files.shown(path);
  const onDisk = files.onDisk(path);
  const nothing = { path: onDisk, node: undefined, classes: [], findings, imports: new Set([onDisk]) };
  const reading = await files.read(path);
  if (reading.kind !== 'bytes') {
    const reason = reading.kind === 'missing' ? 'does not exist' : reading.reason;
    report(importFinding('UnreadableFile', startOf(shown), `The file ${reason}.`));
    return nothing;
  }
  const { bytes } = reading;
  switch (recognizeFile(bytes)) {
    case 'manifests':
      return { ...nothing, ...readClassHandlers(bytes, shown) };
    case 'containerd': {
      const { tables, paths } = await loadContainerdFiles(files, path, report);
      const node = tables.length === 0 ? undefined : containerdRuntimes(tables, shown, report);
      return { ...nothing, node, imports: new Set([...paths].map(files.onDisk)) };
    }
    case 'json': {
      const document = parseDocument(decodeText(bytes) ?? '', shown, report);
      if (document === undefined) return nothing;
      if (document.entries.has('apiVersion') && document.entries.has('kind'))
        return { ...nothing, ...readClassHandlers(bytes, shown) };
      if (isCrictlInfo(document)) return { ...nothing, node: crictlRuntimes(document, shown, report) };
      if (document.entries.size === 0 || dockerKeys.some((key) => document.entries.has(key)))
        return { ...nothing, node: dockerRuntimes(document, shown, report) };
      const message =
        'This JSON is neither a daemon.json of Docker, nor what `crictl info` prints of containerd, nor a Kubernetes object.';
      report(importFinding('UnreadableFile', startOf(shown), message));
      return nothing;
    }
  }
}

function parseDocument(text: string, shown: string, report: (found: LocatedFinding) => void): LocatedTable | undefined {
  try {
    const document = parseJson(text, shown);
    return document.kind === 'table' ? document : undefined;
  } catch (error) {
    if (!(error instanceof TextSyntaxError)) throw error;
    report(importFinding('UnreadableFile', error.place, error.message));
    return undefined;
  }
}
