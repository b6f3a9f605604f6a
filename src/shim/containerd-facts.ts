import { isInRange, type ContainerdVersion, type VersionRange } from './containerd-version.ts';

/** Something that some versions of containerd do, and where that was read. All of it was seen when they were run. */
type Fact = VersionRange & { readonly source: string };

/** What versions of containerd do differently with the same files and the same pods. */
export const containerdFacts = {
  /** A file of version 3 is refused, drop-ins too. */
  refusesVersionThree: { until: '1.7', source: '1.7, services/server/config/config.go, ValidateV2' },
  /** A file of version 4 is refused, drop-ins too. */
  refusesVersionFour: { until: '2.2', source: 'version/version.go, ConfigVersion' },
  /** A plugin that is not called by its full id, in a file of version 2, keeps containerd from starting. */
  refusesShortIds: { until: '1.7', source: '1.7, services/server/config/config.go, ValidateV2' },
  /** An inline table of TOML stands on one line; with 1.x it may go across lines, as with TOML 1.1. */
  refusesTablesAcrossLines: { from: '2.0', until: '2.3', source: 'run: config dump; go-toml 2.2 and 2.3' },
  /** Of TOML 1.1, a comma after the last key of an inline table and the escape \x are mistakes. */
  refusesTomlOneOne: { until: '2.3', source: 'run: config dump; go-toml 1.9.5, and 2 before 2.4' },
  /** The escape \e is a mistake. */
  refusesEscapeCharacter: { until: '1.7', source: 'run: config dump; go-toml 1.9.5' },
  /** A drop-in that has a table of a plugin replaces all that files before it say of that plugin. */
  dropInReplacesPlugin: { until: '1.7', source: '1.7, services/server/config/config.go, mergeConfig' },
  /** Files are merged first, and what came out is migrated once, by the version that the last file says. */
  mergesBeforeMigration: {
    from: '2.0',
    until: '2.2',
    source: '2.2, cmd/containerd/server/config/config.go, LoadConfig',
  },
  /** Each file is migrated by its own version, and merged then. */
  migratesEachFile: { from: '2.3', source: '2.4, cmd/containerd/server/config/config.go, LoadConfigWithPlugins' },
  /** The ids io.containerd.cri.v1.* mean nothing. */
  knowsOnlyOldIds: { until: '1.7', source: '1.7, pkg/cri/cri.go' },
  /** A file that names runtimes, and not runc, has no runc. */
  namedRuntimesReplaceRunc: { until: '1.7', source: '1.7, pkg/cri/config/config_unix.go, DefaultConfig' },
  /** `default_runtime` and `untrusted_workload_runtime` are runtimes. */
  usesFormerRuntimeTables: { until: '1.7', source: '1.7, pkg/cri/config/config.go, ValidatePluginConfig' },
  /** The shims io.containerd.runtime.v1.linux and io.containerd.runc.v1 are there, with options of their own. */
  hasFirstShims: { until: '1.7', source: '1.7, pkg/cri/server/helpers.go, getRuntimeOptionsType' },
  /** A relative path as runtime_type runs what PATH or the working directory has under its last part. */
  runsRelativeTypes: { until: '1.6', source: '1.6, runtime/v2/shim/util.go' },
  /** `systemd_cgroup`, and `runtime_engine` or `runtime_root` of another type than the first shim, keep CRI from loading. */
  refusesFormerKeys: { until: '1.7', source: '1.7, pkg/cri/config/config.go, ValidatePluginConfig' },
  /** The address of the socket is a plugin's in a file of version 4: `[grpc] address` is ignored there. */
  ignoresGrpcOfVersionFour: { from: '2.3', source: '2.4, cmd/containerd/server/config/config.go, serviceMigrate' },
  /** `config default` and `config dump` print conf.d in `imports`; without `imports` in the file nothing is imported all the same. */
  printsDefaultImports: { from: '2.2', source: 'run: config default, config dump' },
  /** Which snapshotter a pull is for is looked up in images.runtime_platforms alone, not in the runtimes table. */
  pullsByPlatformsAlone: { from: '2.0', until: '2.2', source: '2.2, internal/cri/server/images/image_pull.go' },
  /** A pull for a runtime goes into the snapshotter of its entry; runtime_platforms wins where both speak (from 2.3 on). */
  pullsByRuntimesTable: { from: '2.3', source: '2.4, internal/cri/server/images/service.go, UpdateRuntimeSnapshotter' },
  /** A pull for a runtime goes into the snapshotter of its entry, and a runtime that is not there makes it fail. */
  pullsByRuntimesTableAlone: { from: '1.7', until: '1.7', source: '1.7, pkg/cri/server/image_pull.go' },
  /** CRI pulls by the transfer service, which unpacks into the snapshotters of its unpack_config, unless pulls are local. */
  pullsByTransferService: { from: '2.1', source: '2.4, internal/cri/config/config.go, CheckLocalImagePullConfigs' },
  /** CRI pulls the pause image for the handler of the pod that needs it first. */
  pullsPauseForHandler: { from: '2.3', source: '2.3, internal/cri/server/podsandbox/sandbox_run.go' },
  /** A snapshotter in unpack_config that is not there keeps CRI from loading. */
  needsUnpackSnapshotters: { from: '2.1', source: '2.4, plugins/transfer/plugin.go, configureUnpackPlatforms' },
  /** The handler that a pull request names goes before the annotation io.containerd.cri.runtime-handler. */
  prefersHandlerOfRequest: { from: '2.2', source: '2.2.2, internal/cri/server/images/image_pull.go' },
  /** Each pull with that annotation is logged as deprecated; it is to go in 2.5. */
  logsHandlerAnnotation: { from: '2.2', source: '2.2.2, internal/cri/server/images/image_pull.go' },
  /** The key `io_type` is there: "", fifo and streaming are taken, anything else keeps CRI from loading. */
  checksIoType: { from: '2.0', source: '2.4, internal/cri/config/config.go, ValidateRuntimeConfig' },
  /** `cgroup_writable` keeps CRI from loading on a node with cgroup v1. */
  checksCgroupWritable: { from: '2.1', source: '2.4, internal/cri/config/config.go, ValidateRuntimeConfig' },
  /** The key `sandboxer` is there, and a name that nothing declares is only missed when a pod starts. */
  knowsSandboxers: { from: '2.0', source: '2.4, internal/cri/server/sandbox_run.go' },
  /** A pod whose runtime has sandboxer = "shim" and the shim of runc can end containerd itself. */
  endsByShimSandboxer: { from: '2.0', until: '2.2', source: 'commit b32cecd31, in 2.3.0' },
  /** The status of the node lists its handlers (sorted since 2.1.4). */
  reportsHandlers: { from: '2.0', source: '2.4, internal/cri/server/status.go' },
  /** Features are known of runtimes whose type is short or a path too, and gVisor's are known to be none. */
  reportsFeaturesOfEveryShim: { from: '2.2', source: 'run: crictl info' },
  /** `crictl info` says the snapshotter of all images. */
  saysGeneralSnapshotter: { until: '1.7', source: '1.7, pkg/cri/server/status.go' },
} as const satisfies Readonly<Record<string, Fact>>;

export type FactName = keyof typeof containerdFacts;

/** Whether a version does what a fact says. */
export function isTrueOf(name: FactName, version: ContainerdVersion): boolean {
  return isInRange(version, containerdFacts[name]);
}

/** Those of some versions that do what a fact says. */
export function versionsWhere(name: FactName, versions: readonly ContainerdVersion[]): readonly ContainerdVersion[] {
  return versions.filter((version) => isTrueOf(name, version));
}

/** The latest version of the file format that a containerd reads. Source: containerd, version/version.go. */
export function newestFileVersion(version: ContainerdVersion): number {
  if (isTrueOf('refusesVersionThree', version)) return 2;
  return isTrueOf('refusesVersionFour', version) ? 3 : 4;
}

/**
 * The keys of a runtime that some versions do not have: 1.x passes over them in silence, 2.x logs them.
 *
 * Source: containerd 1.6 and 1.7, pkg/cri/config/config.go; 2.0 to 2.4, internal/cri/config/config.go, Runtime.
 */
export const runtimeKeyVersions: ReadonlyMap<string, VersionRange> = new Map<string, VersionRange>([
  ['runtime_path', { from: '1.7' }],
  ['snapshotter', { from: '1.7' }],
  ['sandbox_mode', { from: '1.7' }],
  ['sandboxer', { from: '2.0' }],
  ['io_type', { from: '2.0' }],
  ['cgroup_writable', { from: '2.1' }],
  ['disable_pause_image_pull', { from: '2.4' }],
]);

/** The same of the settings about images. Source: the same files, ImageConfig. */
export const imageKeyVersions: ReadonlyMap<string, VersionRange> = new Map<string, VersionRange>([
  ['runtime_platforms', { from: '2.0' }],
  ['pinned_images', { from: '2.0' }],
  ['use_local_image_pull', { from: '2.1' }],
]);

/**
 * The same of `crictl info`, by the names that it has for the keys of a runtime.
 *
 * Source: the json tags of Runtime in the same files. What 1.7 calls sandboxMode is sandboxer from 2.0 on; 1.6 prints
 * runtimePath too, and does not use it.
 */
export const crictlKeyVersions: ReadonlyMap<string, VersionRange> = new Map<string, VersionRange>([
  ['runtimeEngine', { until: '1.7' }],
  ['runtimeRoot', { until: '1.7' }],
  ['snapshotter', { from: '1.7' }],
  ['sandboxMode', { from: '1.7', until: '1.7' }],
  ['sandboxer', { from: '2.0' }],
  ['io_type', { from: '2.0' }],
  ['cgroupWritable', { from: '2.1' }],
  ['disablePauseImagePull', { from: '2.4' }],
]);
