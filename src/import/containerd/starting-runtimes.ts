import { isTrueOf, versionsWhere } from '../../shim/containerd-facts.ts';
import { listVersions, verbFor, type ContainerdVersion } from '../../shim/containerd-version.ts';
import { quote } from '../../finding/quote.ts';
import { runcShim } from '../../shim/options.ts';
import type { LocatedTable, LocatedValue } from '../../text/located-value.ts';
import { importFinding, type Report } from '../import-finding.ts';
import { listNames } from '../../finding/list-names.ts';
import { textOf } from '../node-runtimes.ts';

/** The shim of Linux in containerd 1.x. */
export const firstShim = 'io.containerd.runtime.v1.linux';

/** What 2.0 removed. Source: containerd 2.0, docs/containerd-2.0.md. */
const removedShims: ReadonlySet<string> = new Set([firstShim, 'io.containerd.runc.v1']);

/** What tells whether pods of a runtime can start. */
type StartingNode = {
  /** With the keys of containerd's files. */
  readonly runtimes: ReadonlyMap<string, LocatedTable>;
  /** Those that its containerd can have. */
  readonly versions: readonly ContainerdVersion[];
  /** What plugins declare; undefined where that is not known. */
  readonly sandboxers?: ReadonlySet<string>;
};

/**
 * Reports runtimes of which no pod starts, although CRI loads.
 *
 * @returns the values that were judged
 */
export function reportRuntimesThatCannotStart(node: StartingNode, report: Report): readonly LocatedValue[] {
  const found = [...node.runtimes].flatMap(([name, runtime]) =>
    faultsOf(runtime, node).map((fault) => ({ name, ...fault })),
  );
  for (const alike of Map.groupBy(found, ({ value, why }) => JSON.stringify([value.at.file, why])).values()) {
    const [first] = alike;
    if (first === undefined) continue;
    const names = listNames('runtime', alike.map(({ name }) => name)); // prettier-ignore
    const message = `No pod of the ${names} starts${first.where}: ${first.why}.`;
    const severity = first.code === 'ShimSandboxer' ? undefined : 'warning';
    report(importFinding(first.code, first.value.at, message, first.fix, severity));
  }
  return found.map(({ value }) => value);
}

type Fault = {
  readonly code: 'RuntimeCannotStart' | 'ShimSandboxer';
  readonly value: LocatedValue;
  /** With which versions, where not with all. */
  readonly where: string;
  readonly why: string;
  readonly fix: string | undefined;
};

function faultsOf(runtime: LocatedTable, node: StartingNode): readonly Fault[] {
  return [...sandboxerFaults(runtime, node), ...shimFaults(runtime, node)];
}

function sandboxerFaults(runtime: LocatedTable, { versions, sandboxers }: StartingNode): readonly Fault[] {
  const affected = versionsWhere('knowsSandboxers', versions);
  if (affected.length === 0) return [];
  const value = runtime.entries.get('sandboxer');
  const sandboxer = textOf(value)?.value ?? 'podsandbox';
  const streaming = runtime.entries.get('io_type');
  const where = whereOf(affected, versions);
  if (streaming?.kind === 'string' && streaming.value === 'streaming' && sandboxer === 'podsandbox') {
    const why = 'io_type is streaming, which needs a sandboxer other than podsandbox';
    return [{ code: 'RuntimeCannotStart', value: streaming, where, why, fix: 'Remove io_type, or say fifo.' }];
  }
  if (value === undefined || sandboxer === 'podsandbox') return [];
  if (sandboxer === 'shim') return shimSandboxerFaults(runtime, value, affected);
  if (sandboxers === undefined || sandboxers.has(sandboxer)) return [];
  const why = `nothing declares the sandboxer ${quote(sandboxer)}`;
  const fix = isShimPath(sandboxer)
    ? 'Remove sandboxer; to say where the shim is, set runtime_path.'
    : 'Remove sandboxer, or declare it in proxy_plugins with type = "sandbox".';
  return [{ code: 'RuntimeCannotStart', value, where, why, fix }];
}

/** runc's shim makes no sandboxes; that of another type may. Such a sandboxer is not told runtime_path. */
function shimSandboxerFaults(
  runtime: LocatedTable,
  value: LocatedValue,
  versions: readonly ContainerdVersion[],
): readonly Fault[] {
  const type = textOf(runtime.entries.get('runtime_type'))?.value;
  if (type !== runcShim) return [];
  const endangered = versionsWhere('endsByShimSandboxer', versions);
  if (endangered.length === 0) {
    const why = 'sandboxer is shim, and the shim of runc makes no sandboxes';
    return [{ code: 'RuntimeCannotStart', value, where: '', why, fix: 'Remove sandboxer, or say podsandbox.' }];
  }
  const verb = verbFor(endangered, 'itself can end', 'themselves can end');
  const why = `sandboxer is shim, which the shim of runc is not, and ${listVersions(endangered)} ${verb} by such a pod`;
  return [{ code: 'ShimSandboxer', value, where: '', why, fix: undefined }];
}

function shimFaults(runtime: LocatedTable, { versions }: StartingNode): readonly Fault[] {
  const type = runtime.entries.get('runtime_type');
  const name = textOf(type)?.value ?? '';
  const affected = versions.filter((version) => !isTrueOf('hasFirstShims', version));
  if (type === undefined || !removedShims.has(name) || affected.length === 0) return [];
  if (textOf(runtime.entries.get('runtime_path')) !== undefined) return [];
  const why = `containerd 2.0 removed the shim ${name}`;
  const fix = `Say runtime_type = "${runcShim}", and the OCI runtime with BinaryName in options.`;
  return [{ code: 'RuntimeCannotStart', value: type, where: whereOf(affected, versions), why, fix }];
}

function whereOf(affected: readonly ContainerdVersion[], versions: readonly ContainerdVersion[]): string {
  return affected.length === versions.length ? '' : ` with ${listVersions(affected)}`;
}

function isShimPath(value: string): boolean {
  return /(?:^|\/)containerd-shim-/.test(value);
}
