import { parse } from 'smol-toml';
import type { NodeRuntimes } from '../../../src/import/node-runtimes.ts';
import { toJson } from '../../../src/text/located-value.ts';
import { ensureBinaries } from '../../support/binaries/ensure-binaries.ts';
import { runProgram } from '../../support/processes/run-program.ts';

/** The version of the containerd that judges. */
export const pinnedVersion = '2.4';

/** What containerd makes of a configuration, as far as runtimes are concerned. */
export type Verdict =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'taken';
      /** Undefined where it names no runtime. */
      readonly defaultRuntime: string | undefined;
      readonly runtimes: Readonly<Record<string, JudgedRuntime>>;
      /** Whether the snapshotter of all images is empty, so that CRI does not load. */
      readonly hasNoSnapshotter: boolean;
      /** What containerd's log says of keys that it ignores. */
      readonly ignored: readonly string[];
    };

export type JudgedRuntime = {
  readonly type: string;
  readonly path: string;
  /** Undefined where the list says nothing, since a sandboxer of another kind gets all that a pod has. */
  readonly podAnnotations: readonly string[] | undefined;
  readonly options: unknown;
  /** The one that containers are made from. */
  readonly snapshotter: string;
};

/** Asks the pinned containerd: `containerd --config FILE config dump`. */
export async function askContainerd(file: string): Promise<Verdict> {
  const { containerd } = await ensureBinaries();
  const { exitCode, stdout, stderr } = await runProgram(containerd, ['--config', file, 'config', 'dump']);
  if (exitCode !== 0) return { kind: 'refused', reason: stderr };
  const plugins = table(readDump(stdout)['plugins']);
  const section = table(table(plugins['io.containerd.cri.v1.runtime'])['containerd']);
  const snapshotter = text(table(plugins['io.containerd.cri.v1.images'])['snapshotter']);
  const general = snapshotter === '' ? 'overlayfs' : snapshotter;
  const names = Object.entries(table(section['runtimes'] ?? {}));
  const defaultRuntime = text(section['default_runtime_name']);
  return {
    kind: 'taken',
    defaultRuntime: names.some(([name]) => name === defaultRuntime) ? defaultRuntime : undefined,
    runtimes: Object.fromEntries(names.map(([name, value]) => [name, judged(table(value), general)])),
    hasNoSnapshotter: snapshotter === '',
    ignored: stderr.split('\n').filter((line) => line.includes('Ignoring unknown key')),
  };
}

/** What import read of the same file, in the same form. */
export function judgedForm({
  runtimes,
  defaultRuntime,
}: NodeRuntimes): Omit<Extract<Verdict, { kind: 'taken' }>, 'kind' | 'ignored' | 'hasNoSnapshotter'> {
  return {
    defaultRuntime: defaultRuntime?.value,
    runtimes: Object.fromEntries(
      [...runtimes].map(([name, { runtimeType, runtimePath, options, podAnnotations, snapshotter }]) => [
        name,
        {
          type: runtimeType?.value ?? '',
          path: runtimePath?.value ?? '',
          podAnnotations: podAnnotations?.value,
          options: options === undefined ? {} : toJson(options, () => undefined),
          snapshotter: snapshotter?.value ?? 'overlayfs',
        },
      ]),
    ),
  };
}

function judged(runtime: Table, general: string): JudgedRuntime {
  const own = text(runtime['snapshotter']);
  const passed = Array.isArray(runtime['pod_annotations']) ? (runtime['pod_annotations'] as readonly unknown[]) : [];
  const isOwn = ['', 'podsandbox'].includes(text(runtime['sandboxer']));
  return {
    type: text(runtime['runtime_type']),
    // Another sandboxer is told neither.
    path: isOwn ? text(runtime['runtime_path']) : '',
    podAnnotations: isOwn ? passed.map(text) : undefined,
    options: JSON.parse(JSON.stringify(runtime['options'] ?? {})) as unknown,
    snapshotter: own === '' ? general : own,
  };
}

type Table = Readonly<Record<string, unknown>>;

/** Another parser than the one that import reads with. */
function readDump(dump: string): Table {
  const document: unknown = parse(dump);
  return table(document);
}

function table(value: unknown): Table {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`containerd wrote ${JSON.stringify(value)} where a table was expected`);
  return value as Table;
}

function text(value: unknown): string {
  if (typeof value !== 'string')
    throw new Error(`containerd wrote ${JSON.stringify(value)} where a string was expected`);
  return value;
}
