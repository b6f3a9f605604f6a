import { isTrueOf } from '../../../src/shim/containerd-facts.ts';
import { isInRange, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';

/** A runtime of the node's containerd, by handler; what is undefined is left to containerd. */
export type NodeRuntime = {
  readonly runtimeType: string;
  readonly runtimePath?: string;
  readonly snapshotter?: string;
  readonly sandboxer?: string;
  /** What 1.7 calls it. */
  readonly sandboxMode?: string;
  readonly ioType?: string;
  readonly podAnnotations?: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
};

/**
 * How CRI pulls images: as containerd does by itself, or into every snapshotter of this node; and then also by a table that says
 * which one is a runtime's, as 2.0 to 2.2 need it.
 */
export const pullSettings = ['defaults', 'unpack_config', 'use_local_image_pull', 'runtime_platforms'] as const;

export type PullSetting = (typeof pullSettings)[number];

export type NodeSettings = {
  readonly runtimes: Readonly<Record<string, NodeRuntime>>;
  readonly pulls?: PullSetting;
};

export type NodePlaces = {
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  readonly cniBinaries: string;
  readonly cniConfiguration: string;
  readonly pauseImage: string;
};

const localPull = '  use_local_image_pull = true';

/** The tables of the CRI plugin: before 2.0 it was one. */
type CriTables = { readonly version: 2 | 3; readonly images: string; readonly runtime: string };

/** containerd's configuration of the node: in file version 3, or in the one that 1.x reads. */
export function containerdConfig(
  places: NodePlaces,
  { runtimes, pulls = 'defaults' }: NodeSettings,
  version: ContainerdVersion,
): string {
  const isOld = isTrueOf('refusesVersionThree', version);
  // 2.0 knows one directory, as 1.x does.
  const hasBinDirs = isInRange(version, { from: '2.1' });
  const tables: CriTables = isOld
    ? { version: 2, images: 'io.containerd.grpc.v1.cri', runtime: 'io.containerd.grpc.v1.cri' }
    : { version: 3, images: 'io.containerd.cri.v1.images', runtime: 'io.containerd.cri.v1.runtime' };
  return [
    `version = ${tables.version}`,
    `root = ${quoted(places.root)}`,
    `state = ${quoted(places.state)}`,
    '[grpc]',
    `  address = ${quoted(places.socket)}`,
    `[plugins.'${tables.runtime}']`,
    // Without CAP_SYS_RESOURCE nothing may lower its own OOM score.
    '  restrict_oom_score_adj = true',
    ...(isOld
      ? [`  sandbox_image = ${quoted(places.pauseImage)}`, ...(pulls === 'use_local_image_pull' ? [localPull] : [])]
      : []),
    `[plugins.'${tables.runtime}'.cni]`,
    hasBinDirs ? `  bin_dirs = [${quoted(places.cniBinaries)}]` : `  bin_dir = ${quoted(places.cniBinaries)}`,
    `  conf_dir = ${quoted(places.cniConfiguration)}`,
    ...Object.entries(runtimes).flatMap(([handler, runtime]) => runtimeLines(tables, handler, runtime)),
    ...(isOld ? [`[plugins.'${tables.runtime}'.containerd]`, "  default_runtime_name = 'runc'"] : []),
    ...(isOld ? [] : [`[plugins.'${tables.images}'.pinned_images]`, `  sandbox = ${quoted(places.pauseImage)}`]),
    ...pullLines(tables, pulls, runtimes),
    '',
  ].join('\n');
}

function pullLines(tables: CriTables, pulls: PullSetting, runtimes: NodeSettings['runtimes']): readonly string[] {
  if (pulls === 'defaults') return [];
  // Before 2.0 it stands in the one table of the plugin, which no file may open twice.
  if (pulls === 'use_local_image_pull') return tables.version === 2 ? [] : [`[plugins.'${tables.images}']`, localPull];
  const platform = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const unpacking = ['overlayfs', 'native'].flatMap((snapshotter) => [
    "[[plugins.'io.containerd.transfer.v1.local'.unpack_config]]",
    `  platform = ${quoted(platform)}`,
    `  snapshotter = ${quoted(snapshotter)}`,
    "  differ = 'walking'",
  ]);
  if (pulls === 'unpack_config') return unpacking;
  const own = Object.entries(runtimes).flatMap(([handler, { snapshotter }]) =>
    snapshotter === undefined ? [] : [{ handler, snapshotter }],
  );
  const platforms = own.flatMap(({ handler, snapshotter }) => [
    `[plugins.'${tables.images}'.runtime_platforms.${handler}]`,
    `  platform = ${quoted(platform)}`,
    `  snapshotter = ${quoted(snapshotter)}`,
  ]);
  return [...unpacking, ...platforms];
}

function runtimeLines(tables: CriTables, handler: string, runtime: NodeRuntime): readonly string[] {
  const table = `plugins.'${tables.runtime}'.containerd.runtimes.${handler}`;
  const { runtimeType, podAnnotations, options } = runtime;
  const texts = {
    runtime_type: runtimeType,
    runtime_path: runtime.runtimePath,
    snapshotter: runtime.snapshotter,
    sandboxer: runtime.sandboxer,
    sandbox_mode: runtime.sandboxMode,
    io_type: runtime.ioType,
  };
  return [
    `[${table}]`,
    ...Object.entries(texts).flatMap(([key, value]) => (value === undefined ? [] : [`  ${key} = ${quoted(value)}`])),
    ...(podAnnotations === undefined ? [] : [`  pod_annotations = [${podAnnotations.map(quoted).join(', ')}]`]),
    ...(options === undefined ? [] : [`[${table}.options]`]),
    ...Object.entries(options ?? {}).map(([key, value]) => `  ${key} = ${quoted(value)}`),
  ];
}

/** A basic string of TOML: JSON's escapes are among its own. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
