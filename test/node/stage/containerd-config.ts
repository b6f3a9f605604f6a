/** A runtime of the node's containerd, by handler; what is undefined is left to containerd. */
export type NodeRuntime = {
  readonly runtimeType: string;
  readonly runtimePath?: string;
  readonly snapshotter?: string;
  readonly podAnnotations?: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
};

export type NodeSettings = {
  readonly runtimes: Readonly<Record<string, NodeRuntime>>;
  /** More lines at the end, such as settings of the transfer service. */
  readonly more?: string;
};

export type NodePlaces = {
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  readonly cniBinaries: string;
  readonly cniConfiguration: string;
  readonly pauseImage: string;
};

/** containerd's configuration of the node, in file version 3. */
export function containerdConfig(places: NodePlaces, { runtimes, more = '' }: NodeSettings): string {
  return [
    'version = 3',
    `root = ${quoted(places.root)}`,
    `state = ${quoted(places.state)}`,
    '[grpc]',
    `  address = ${quoted(places.socket)}`,
    "[plugins.'io.containerd.cri.v1.images'.pinned_images]",
    `  sandbox = ${quoted(places.pauseImage)}`,
    "[plugins.'io.containerd.cri.v1.runtime']",
    // Without CAP_SYS_RESOURCE nothing may lower its own OOM score.
    '  restrict_oom_score_adj = true',
    "[plugins.'io.containerd.cri.v1.runtime'.cni]",
    `  bin_dirs = [${quoted(places.cniBinaries)}]`,
    `  conf_dir = ${quoted(places.cniConfiguration)}`,
    ...Object.entries(runtimes).flatMap(([handler, runtime]) => runtimeLines(handler, runtime)),
    more,
    '',
  ].join('\n');
}

function runtimeLines(handler: string, runtime: NodeRuntime): readonly string[] {
  const table = `plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.${handler}`;
  const { runtimeType, runtimePath, snapshotter, podAnnotations, options } = runtime;
  return [
    `[${table}]`,
    `  runtime_type = ${quoted(runtimeType)}`,
    ...(runtimePath === undefined ? [] : [`  runtime_path = ${quoted(runtimePath)}`]),
    ...(snapshotter === undefined ? [] : [`  snapshotter = ${quoted(snapshotter)}`]),
    ...(podAnnotations === undefined ? [] : [`  pod_annotations = [${podAnnotations.map(quoted).join(', ')}]`]),
    ...(options === undefined ? [] : [`[${table}.options]`]),
    ...Object.entries(options ?? {}).map(([key, value]) => `  ${key} = ${quoted(value)}`),
  ];
}

/** A basic string of TOML: JSON's escapes are among its own. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
