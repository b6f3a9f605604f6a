import { by } from '../../support/by-version.ts';

const cri = '[plugins."io.containerd.grpc.v1.cri"';
const runtime = '[plugins."io.containerd.cri.v1.runtime"';
const images = '[plugins."io.containerd.cri.v1.images"';
const runcV2 = 'runtime_type = "io.containerd.runc.v2"\n';
const kata = 'runtime_type = "io.containerd.kata.v2"\n';
/** A file of version 2, which every containerd takes, with runc and another runtime. */
const two = (keys: string, section = '') =>
  `version = 2\n${cri}.containerd.runtimes.runc]\n${runcV2}${cri}.containerd.runtimes.vm]\n${kata}${keys}${section}`;
/** The same of version 3. */
const three = (keys: string, section = '') =>
  `version = 3\n${runtime}.containerd.runtimes.vm]\n${kata}${keys}${section}`;
const unpack = (...names: readonly string[]) =>
  names
    .map((name) => `[[plugins."io.containerd.transfer.v1.local".unpack_config]]\nsnapshotter = "${name}"\n`)
    .join('');

const notLoaded = 'error CriNotLoaded';
const ignored = 'warning KeyIgnored';
const former = 'warning FormerKey';
const missing = 'error SnapshotterMissing';
const lost = 'warning PluginTableIgnored';
const all = (answer: string) => by(answer, answer, answer, answer, answer);

/** What each containerd did with the setting when it was run: nothing of it is said, or that CRI does not load, or else. */
export const ofVersionTwo: readonly (readonly [string, string, ReturnType<typeof by>])[] = [
  ['nothing', two(''), all('-')],
  ['all devices alone', two('privileged_without_host_devices_all_devices_allowed = true\n'), all(notLoaded)],
  [
    'all devices as they should be',
    two('privileged_without_host_devices_all_devices_allowed = true\nprivileged_without_host_devices = true\n'),
    all('-'),
  ],
  [
    'mirrors and config_path',
    two('', `${cri}.registry]\nconfig_path = "/x"\n${cri}.registry.mirrors.a]\n`),
    all(notLoaded),
  ],
  ['mirrors alone', two('', `${cri}.registry.mirrors.a]\n`), all('-')],
  ['a duration that is none', two('', `${cri}]\nimage_pull_progress_timeout = "5"\n`), all(notLoaded)],
  [
    'durations',
    two('', `${cri}]\nimage_pull_progress_timeout = "1m30s"\ndrain_exec_sync_io_timeout = "0"\n`),
    all('-'),
  ],
  [
    'runtimes without runc, and no default',
    `version = 2\n${cri}.containerd.runtimes.vm]\n${kata}`,
    by('error DefaultRuntimeMissing', 'error DefaultRuntimeMissing', '-', '-', '-'),
  ],
  [
    'a short id in version 2',
    two('', '[plugins.cri]\nenable_selinux = true\n'),
    by('error ContainerdRefuses', 'error ContainerdRefuses', lost, lost, lost),
  ],
  [
    'one of the plugins of 2.x disabled',
    two('').replace('version = 2', 'version = 2\ndisabled_plugins = ["io.containerd.cri.v1.runtime"]'),
    by('-', '-', 'warning CriDisabled', 'warning CriDisabled', 'warning CriDisabled'),
  ],
  [
    'an unknown default',
    two('', `${cri}.containerd]\ndefault_runtime_name = "x"\n`),
    all('error DefaultRuntimeMissing'),
  ],
  [
    'a general snapshotter that nothing declares',
    two('', `${cri}.containerd]\nsnapshotter = "nosuch"\n`),
    all(missing),
  ],
  [
    'systemd_cgroup',
    two('', `${cri}]\nsystemd_cgroup = true\n`),
    by(`${ignored}, ${notLoaded}`, `${ignored}, ${notLoaded}`, ignored, ignored, ignored),
  ],
  [
    'runtime_engine with another type',
    two('runtime_engine = "/usr/bin/crun"\n'),
    by(`${former}, ${notLoaded}`, `${former}, ${notLoaded}`, former, former, former),
  ],
  [
    'the first shim',
    two('').replace('io.containerd.kata.v2', 'io.containerd.runtime.v1.linux'),
    by('-', '-', 'warning RuntimeCannotStart', 'warning RuntimeCannotStart', 'warning RuntimeCannotStart'),
  ],
  [
    'untrusted twice',
    two('', `${cri}.containerd.runtimes.untrusted]\n${kata}${cri}.containerd.untrusted_workload_runtime]\n${kata}`),
    by(`${former}, ${notLoaded}`, `${former}, ${notLoaded}`, former, former, former),
  ],
  [
    'another general snapshotter',
    two('', `${cri}.containerd]\nsnapshotter = "native"\n`),
    by('-', '-', '-', 'error PullsFail', 'error PullsFail'),
  ],
  [
    'a snapshotter of a runtime',
    two('snapshotter = "native"\n'),
    by(
      'warning KeyIgnored',
      '-',
      'warning SnapshotterConflict',
      'warning SnapshotterConflict',
      'warning RuntimePullsFail',
    ),
  ],
  [
    "the shim as runc's sandbox mode, which 1.7 makes nothing of, and which later ones take for its sandboxer",
    two('sandbox_mode = "shim"\n').replace('kata.v2', 'runc.v2'),
    by(ignored, '-', 'error ShimSandboxer', 'error ShimSandboxer', 'warning RuntimeCannotStart'),
  ],
  ['a runtime path', two('runtime_path = "/opt/shim"\n'), by('warning KeyIgnored', '-', '-', '-', '-')],
];

const oldId = '[plugins."io.containerd.grpc.v1.cri"]\n';

export const ofVersionThree: readonly (readonly [string, string, string, string, string])[] = [
  ['io_type of another value', three('io_type = "named_pipe"\n'), notLoaded, notLoaded, notLoaded],
  ['fifo', three('io_type = "fifo"\n'), '-', '-', '-'],
  [
    "settings of CRI's server, where they have stayed",
    three('', `${oldId}disable_tcp_service = true\n`),
    '-',
    '-',
    '-',
  ],
  ['a setting that has moved', three('', `${oldId}enable_selinux = true\n`), lost, lost, '-'],
  [
    'streaming',
    three('io_type = "streaming"\n'),
    ...(['warning RuntimeCannotStart', 'warning RuntimeCannotStart', 'warning RuntimeCannotStart'] as const),
  ],
  ['streaming with another sandboxer', three('io_type = "streaming"\nsandboxer = "shim"\n'), '-', '-', '-'],
  [
    'cgroup_writable',
    three('cgroup_writable = true\n'),
    'warning KeyIgnored',
    'warning CgroupVersionMatters',
    'warning CgroupVersionMatters',
  ],
  [
    'a sandboxer that nothing declares',
    three('sandboxer = "x"\n'),
    'warning RuntimeCannotStart',
    'warning RuntimeCannotStart',
    'warning RuntimeCannotStart',
  ],
  ['a sandbox mode', three('sandbox_mode = "shim"\n').replace('kata.v2', 'runc.v2'), ignored, ignored, ignored],
  ['one that is declared', three('sandboxer = "x"\n', '[proxy_plugins.x]\ntype = "sandbox"\n'), '-', '-', '-'],
  [
    "the shim as runc's sandboxer",
    three('sandboxer = "shim"\n').replace('kata.v2', 'runc.v2'),
    'error ShimSandboxer',
    'error ShimSandboxer',
    'warning RuntimeCannotStart',
  ],
  [
    "the shim as runc's sandboxer, and a path that containerd does not tell it",
    three('sandboxer = "shim"\nruntime_path = "/opt/shim"\n').replace('kata.v2', 'runc.v2'),
    'error ShimSandboxer, warning NotCarriedOver',
    'error ShimSandboxer, warning NotCarriedOver',
    'warning RuntimeCannotStart, warning NotCarriedOver',
  ],
  ['unpack_config that names what is not there', three('', unpack('overlayfs', 'nosuch')), '-', missing, missing],
  ['unpack_config of the default', three('', unpack('overlayfs')), '-', '-', '-'],
  ['unpack_config without the default', three('', unpack('native')), '-', 'error PullsFail', 'error PullsFail'],
  [
    'another general snapshotter, and unpack_config',
    three('', `${images}]\nsnapshotter = "native"\n${unpack('native')}`),
    '-',
    '-',
    '-',
  ],
  [
    'another general snapshotter, and local pulls',
    three('', `${images}]\nsnapshotter = "native"\ndisable_snapshot_annotations = false\n`),
    '-',
    '-',
    '-',
  ],
  [
    'more downloads at once, which the transfer service does not know',
    three('', `${images}]\nsnapshotter = "native"\nmax_concurrent_downloads = 5\n`),
    '-',
    '-',
    '-',
  ],
  [
    'three downloads at once, which is the default',
    three('', `${images}]\nsnapshotter = "native"\nmax_concurrent_downloads = 3\n`),
    '-',
    'error PullsFail',
    'error PullsFail',
  ],
  [
    'a snapshotter of a runtime, unpacked',
    three('snapshotter = "native"\n', unpack('overlayfs', 'native')),
    'warning SnapshotterConflict',
    'warning SnapshotterConflict',
    '-',
  ],
  [
    'a snapshotter of a runtime for its images too',
    three('snapshotter = "native"\n', `${images}.runtime_platforms.vm]\nsnapshotter = "native"\n`),
    '-',
    'warning RuntimePullsFail',
    'warning RuntimePullsFail',
  ],
  [
    'the same, unpacked',
    three(
      'snapshotter = "native"\n',
      `${images}.runtime_platforms.vm]\nsnapshotter = "native"\n${unpack('overlayfs', 'native')}`,
    ),
    '-',
    '-',
    '-',
  ],
  [
    "a snapshotter of a runtime's images alone",
    three('', `${images}.runtime_platforms.vm]\nsnapshotter = "native"\n`),
    'warning SnapshotterConflict',
    'warning SnapshotterConflict, warning RuntimePullsFail',
    'warning SnapshotterConflict, warning RuntimePullsFail',
  ],
];
