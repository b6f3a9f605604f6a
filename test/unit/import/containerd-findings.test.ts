import { symlink } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const old = '[plugins."io.containerd.grpc.v1.cri".containerd';
const runtime = '[plugins."io.containerd.cri.v1.runtime".containerd';
const kata = 'runtime_type = "io.containerd.kata.v2"\n';

/** What is in the file, and what import says of it: file, line, column and code. */
const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ['nothing, where all is well', { m: `version = 3\n${runtime}.runtimes.kata]\n${kata}` }, []],
  ['a version of tomorrow', { m: 'version = 9\n' }, ['m:1:1 ContainerdRefuses']],
  ['a short id in a list of plugins', { m: 'version = 2\nrequired_plugins = ["cri"]\n' }, ['m:2:21 ContainerdRefuses']],
  ['CRI disabled', { m: 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' }, ['m:2:21 CriDisabled']],
  ["CRI disabled, as in Docker's packages", { m: 'disabled_plugins = ["cri"]\n' }, ['m:1:21 CriDisabled']],
  ['an unknown key at the top', { m: 'version = 3\nplugin_dri = "x"\n' }, ['m:2:1 KeyIgnored']],
  ['an unknown key that says nothing', { m: 'version = 3\nplugin_dir = ""\n[foo]\n' }, []],
  [
    'runtimes under two ids',
    { m: `version = 3\n${runtime}.runtimes.a]\n${kata}${old}.runtimes.b]\n${kata}${old}.runtimes.c]\n${kata}` },
    ['m:4:58 PluginTableIgnored'],
  ],
  [
    'runtimes under the id of an earlier version',
    { m: `version = 4\n${old}]\ndefault_runtime_name = "kata"\n${old}.runtimes.kata]\n${kata}` },
    ['m:3:1 PluginTableIgnored', 'm:4:58 PluginTableIgnored'],
  ],
  [
    'a short id in version 2',
    { m: `version = 2\n[plugins.cri.containerd.runtimes.kata]\n${kata}` },
    ['m:2:34 PluginTableIgnored'],
  ],
  [
    'both ids of version 1',
    { m: `version = 1\n[plugins.cri]\n[plugins."io.containerd.grpc.v1.cri"]\n` },
    ['m:2:10 PluginTableIgnored'],
  ],
  [
    'a snapshotter that the migration forgets',
    { m: `version = 2\n${old}]\nsnapshotter = "nydus"\n` },
    ['m:3:1 PluginTableIgnored'],
  ],
  ['a snapshotter where it no longer is', { m: `version = 3\n${runtime}]\nsnapshotter = "x"\n` }, ['m:3:1 KeyIgnored']],
  [
    'snapshotters that differ',
    {
      m: `version = 3\n[plugins."io.containerd.cri.v1.images".runtime_platforms.kata]\nsnapshotter = "a"\n${runtime}.runtimes.kata]\n${kata}snapshotter = "b"\n[proxy_plugins]\na = { type = "snapshot" }\nb = { type = "snapshot" }\n[plugins."io.containerd.cri.v1.images"]\nuse_local_image_pull = true\n`,
    },
    ['m:3:1 SnapshotterConflict'],
  ],
  [
    'no snapshotter at all',
    { m: 'version = 3\n[plugins."io.containerd.cri.v1.images"]\nsnapshotter = ""\n' },
    ['m:3:1 SnapshotterUnset'],
  ],
  [
    'keys of containerd 1.x',
    {
      m: `version = 2\n${old}.default_runtime]\n${kata}${old}.untrusted_workload_runtime]\nruntime_type = ""\n${old}.runtimes.kata]\n${kata}runtime_engine = "x"\nruntime_root = ""\n`,
    },
    ['m:2:49 FormerKey', 'm:8:1 FormerKey'],
  ],
  [
    'what cannot be carried over',
    {
      m: `version = 3\n${runtime}.runtimes.kata]\n${kata}base_runtime_spec = "/x"\ncni_conf_dir = "/x"\ncni_max_conf_num = 1\ncontainer_annotations = ["x"]\nprivileged_without_host_devices = true\nprivileged_without_host_devices_all_devices_allowed = true\ncgroup_writable = true\nsandboxer = "shim"\ndisable_pause_image_pull = true\nio_type = "streaming"\noptions = { a = 1979-05-27, b = [inf] }\n`,
    },
    [
      'm:4:1 NotCarriedOver',
      'm:4:1 BaseSpecMissing',
      ...[5, 6, 7, 8, 9].map((line) => `m:${line}:1 NotCarriedOver`),
      'm:10:1 CgroupVersionMatters',
      ...[11, 12, 13].map((line) => `m:${line}:1 NotCarriedOver`),
      'm:14:13 NotCarriedOver',
      'm:14:34 NotCarriedOver',
    ],
  ],
  [
    'what says what containerd does anyway',
    {
      m: `version = 3\n${runtime}.runtimes.kata]\n${kata}sandboxer = "podsandbox"\nio_type = "fifo"\ncni_conf_dir = ""\n`,
    },
    [],
  ],
  [
    'a runtime without a type',
    { m: `version = 3\n${runtime}.runtimes.odd]\nsnapshotter = "x"\n` },
    ['m:2:61 RuntimeLeftOut'],
  ],
  [
    'a type that is no shim name',
    { m: `version = 3\n${runtime}.runtimes.odd]\nruntime_type = "x/y"\n` },
    ['m:3:1 RuntimeLeftOut'],
  ],
  [
    'a relative path',
    { m: `version = 3\n${runtime}.runtimes.odd]\n${kata}runtime_path = "x"\n` },
    ['m:4:1 RuntimeLeftOut'],
  ],
  [
    'a shim by its path',
    { m: `version = 3\n${runtime}.runtimes.odd]\nruntime_type = "/x"\n` },
    ['m:3:1 ShimNamedByPath'],
  ],
  [
    'options that the shim does not take',
    { m: `version = 3\n${runtime}.runtimes.runc.options]\nSystemdCgroups = true\nIoUid = "x"\n` },
    ['m:3:1 UnknownOption', 'm:4:1 WrongOptionType'],
  ],
  [
    "runc's defaults for another shim",
    { m: `version = 3\n${runtime}.runtimes.runc]\n${kata}` },
    ['m:1:1 RuncOptionForOtherShim'],
  ],
  [
    'a default that names nothing',
    { m: `version = 3\n${runtime}]\ndefault_runtime_name = "x"\n` },
    ['m:3:1 DefaultRuntimeMissing'],
  ],
  [
    'a default whose runtime is left out',
    { m: `version = 3\n${runtime}]\ndefault_runtime_name = "x"\n${runtime}.runtimes.x]\n` },
    ['m:3:1 RuntimeLeftOut', 'm:4:61 RuntimeLeftOut'],
  ],
  [
    'a drop-in that replaces values',
    {
      m: `version = 3\nimports = ["d"]\n${runtime}.runtimes.kata]\n${kata}pod_annotations = ["a"]\n`,
      d: `version = 3\n${runtime}.runtimes.kata]\n${kata}pod_annotations = ["b"]\n`,
    },
    ['d:4:1 OverriddenByImport'],
  ],
  ['an import that is missing', { m: 'imports = [\n  "x.toml",\n]\n' }, ['m:2:3 ImportRefused']],
  ['an import that is a directory', { m: 'imports = ["d"]\n', 'd/x': '' }, ['m:1:12 ImportRefused']],
  ['a malformed pattern', { m: 'imports = ["[*"]\n' }, ['m:1:12 ImportRefused']],
  ['a pattern that matches nothing', { m: 'imports = ["d/*"]\n' }, ['m:1:12 ImportMatchesNothing']],
  ['a broken drop-in', { m: 'imports = ["d"]\n', d: 'a = 1\nb\n' }, ['d:3:1 UnreadableFile']],
  [
    'a drop-in that nothing imports',
    { m: 'version = 3\n', 'conf.d/a.toml': '', 'conf.d/b.txt': '' },
    ['conf.d/a.toml:1:1 DropInNotImported'],
  ],
  ['a byte order mark', { m: '\uFEFFversion = 3\n' }, ['m:1:1 UnreadableFile']],
];

describe('import says where', () => {
  test.each(cases)('%s', async (_name, files, expected) => {
    const node = await layFiles(directory, files);
    const { said } = await importFiles(node, ['m']);
    expect(said).toEqual(expected);
  });

  test('there is a circle of ever longer paths, and ends', async () => {
    const node = await layFiles(directory, { m: 'imports = ["x/m", "x/*/m"]\n' });
    await symlink('.', join(node, 'x'));
    const { said } = await importFiles(node, ['m']);
    expect(said).toContainEqual(expect.stringMatching(/ImportRefused$/));
  });
});

test('a file that another one imports is no node of its own', async () => {
  const node = await layFiles(directory, {
    'config.toml': 'version = 3\nimports = ["conf.d/*.toml"]\n',
    'conf.d/a.toml': `version = 3\n${runtime}.runtimes.kata]\n${kata}`,
  });
  const { result, said } = await importFiles(node, ['conf.d/a.toml', 'config.toml']);
  expect([...result.runtimes.keys()]).toEqual(['kata', 'runc']);
  expect(result.sources).toHaveLength(1);
  expect(said).toEqual([]);
});

test("a directory is a node's root, where absolute imports are found", async () => {
  const node = await layFiles(directory, {
    'etc/containerd/config.toml': 'version = 3\nimports = ["/etc/containerd/conf.d/*.toml", "/opt/x.toml"]\n',
    'etc/containerd/conf.d/a.toml': `version = 3\n${runtime}.runtimes.kata]\n${kata}`,
    'opt/x.toml': `version = 4\n${runtime}.runtimes.kata]\nsnapshotter = "native"\n[plugins."io.containerd.cri.v1.images"]\nuse_local_image_pull = true\n`,
  });
  const { result, said } = await importFiles(node, ['']);
  expect(result.runtimes.get('kata')).toEqual({
    runtimeType: 'io.containerd.kata.v2',
    snapshotter: 'native',
    podAnnotations: [],
  });
  expect(said).toEqual([]);
});

test('a directory that has nothing of the kind is said', async () => {
  const node = await layFiles(directory, { 'x/y': '' });
  const { result } = await importFiles(node, ['x']);
  expect(result.findings.map(({ code }) => code)).toEqual(['UnreadableFile']);
});

test.each([
  ['', []],
  ['sandboxer = ""\n', []],
  ['sandboxer = "podsandbox"\n', []],
  ['sandboxer = "shim"\n', undefined],
])('what is passed on is said where the list decides it: %j', async (line, podAnnotations) => {
  const node = await layFiles(directory, { m: `version = 3\n${runtime}.runtimes.kata]\n${kata}${line}` });
  const { result } = await importFiles(node, ['m']);
  expect(result.runtimes.get('kata')?.podAnnotations).toEqual(podAnnotations);
});
