import type { LocatedFinding } from '../finding/located-finding.ts';
import type { ContainerdVersion } from '../shim/containerd-version.ts';
import { reportMissingBaseSpecs } from './containerd/base-specs.ts';
import { loadContainerdFiles } from './containerd/containerd-files.ts';
import { containerdRuntimes } from './containerd/containerd-runtimes.ts';
import type { NodeConfiguration } from './containerd/node-configuration.ts';
import { crictlRuntimes, isCrictlInfo } from './crictl-runtimes.ts';
import { dockerRuntimes } from './docker-runtimes.ts';
import { readClassHandlers, type ClassHandler } from './handlers-of-classes.ts';
import { importFinding, parsedOrReported } from './import-finding.ts';
import { startOf } from '../text/located-value.ts';
import type { FileReading, NodeFiles } from './node-files.ts';
import type { NodeRuntimes } from './node-runtimes.ts';
import { parseJson } from '../text/parse-json.ts';
import { pieceOfConfiguration, type Piece } from './piece-of-configuration.ts';
import { recognizeFile } from './recognize-file.ts';

/** What one file says, with the files that it imports. */
export type FileContent = {
  /** Where it is on this machine. */
  readonly path: string;
  /** Undefined for a manifest, and for what could not be read. */
  readonly node: NodeRuntimes | undefined;
  /** What containerd makes of its files; undefined for files of other kinds. */
  readonly configuration?: NodeConfiguration;
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

/**
 * Reads one file of a node, whatever kind it is.
 *
 * @param path the path on the node, absolute
 * @param reading what is there
 * @param version of the node's containerd, where that is known
 */
export async function readNode(
  files: NodeFiles,
  path: string,
  reading: FileReading,
  version?: ContainerdVersion,
): Promise<FileContent> {
  const findings: LocatedFinding[] = [];
  const report = (found: LocatedFinding) => findings.push(found);
  const shown = files.shown(path);
  const onDisk = files.onDisk(path);
  const nothing = { path: onDisk, node: undefined, classes: [], findings, imports: new Set([onDisk]) };
  if (reading.kind !== 'bytes') {
    const reason = reading.kind === 'missing' ? 'does not exist' : reading.reason;
    const fix = reading.kind === 'unseen' ? reading.fix : undefined;
    report(importFinding('UnreadableFile', startOf(shown), `The file ${reason}.`, fix));
    return nothing;
  }
  const { bytes } = reading;
  const recognized = recognizeFile(bytes);
  switch (recognized.kind) {
    case 'other':
      report(importFinding('UnreadableFile', startOf(shown), recognized.message, recognized.fix));
      return nothing;
    case 'piece':
      report(pieceFinding(recognized, shown));
      return nothing;
    case 'manifests': {
      const { classes, findings: said } = readClassHandlers(bytes, shown);
      // With classes the file is worth reading for itself: an installer's script may stand in it besides.
      const piece = classes.length === 0 ? pieceOfConfiguration(bytes.toString('utf8')) : undefined;
      return { ...nothing, classes, findings: piece === undefined ? said : [...said, pieceFinding(piece, shown)] };
    }
    case 'containerd': {
      const { tables, paths } = await loadContainerdFiles(files, path, bytes, report);
      const imports = new Set([...paths].map(files.onDisk));
      if (tables.length === 0) return { ...nothing, imports };
      const { node, configuration } = containerdRuntimes(tables, shown, report, version);
      await reportMissingBaseSpecs(files, path, configuration, report);
      return { ...nothing, node, imports, configuration };
    }
    case 'json': {
      const document = parsedOrReported(report, () => parseJson(recognized.text, shown));
      if (document?.kind !== 'table') return nothing;
      if (document.entries.has('apiVersion') && document.entries.has('kind'))
        return { ...nothing, ...readClassHandlers(bytes, shown) };
      if (isCrictlInfo(document)) return { ...nothing, node: crictlRuntimes(document, shown, report, version) };
      if (document.entries.size === 0 || dockerKeys.some((key) => document.entries.has(key)))
        return { ...nothing, node: dockerRuntimes(document, shown, report) };
      const isDockersInfo = document.entries.has('DefaultRuntime') && document.entries.has('Runtimes');
      if (isDockersInfo) {
        const message = 'This is what `docker info` prints, which does not have all of a runtime.';
        report(importFinding('UnreadableFile', startOf(shown), message, 'Give /etc/docker/daemon.json.'));
        return nothing;
      }
      const message =
        'This JSON is neither a daemon.json of Docker, nor what `crictl info` prints of containerd, nor a Kubernetes object.';
      report(importFinding('UnreadableFile', startOf(shown), message));
      return nothing;
    }
  }
}

function pieceFinding({ line, message, fix }: Piece, file: string): LocatedFinding {
  return importFinding('PieceOfConfiguration', { file, line, column: 1 }, message, fix);
}
