import { describe, expect, test } from '@jest/globals';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { messageOf } from '../../../src/finding/wording.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const runtime = '[plugins."io.containerd.cri.v1.runtime"';
const images = '[plugins."io.containerd.cri.v1.images"';
const vm = `${runtime}.containerd.runtimes.vm]\nruntime_type = "io.containerd.kata.v2"\n`;

/** What stands below the first line, where it is reported, and what the advice has to name. */
const cases: readonly (readonly [string, string, string, string])[] = [
  ['imports in the last table', `${images}.registry]\nimports = ["x"]\n`, '3:1', 'top of the file'],
  [
    'imports among the options of runc',
    `${runtime}.containerd.runtimes.runc.options]\nimports = ["x"]\n`,
    '3:1',
    'top of the file',
  ],
  [
    'imports among the options of a shim',
    `${vm}[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.vm.options]\nimports = ["x"]\n`,
    '5:1',
    'top of the file',
  ],
  [
    'imports in a plugin that nobody checks',
    '[plugins."io.containerd.gc.v1.scheduler"]\nimports = ["x"]\n',
    '3:1',
    'top of the file',
  ],
  ['imports in a proxy plugin', '[proxy_plugins.a]\ntype = "snapshot"\nimports = ["x"]\n', '4:1', 'top of the file'],
  ['disabled_plugins in grpc', '[grpc]\ndisabled_plugins = ["a.b"]\n', '3:1', 'top of the file'],
  ['required_plugins in a runtime', `${vm}required_plugins = ["a.b"]\n`, '4:1', 'top of the file'],
  [
    'required_plugins in another table of NRI',
    '[plugins."io.containerd.nri.v1.nri"]\nrequired_plugins = ["a.b"]\n',
    '3:1',
    'top of the file',
  ],
  ['root in debug', '[debug]\nroot = "/x"\n', '3:1', 'top of the file'],
  ['state in the CRI plugin', `${runtime}]\nstate = "/x"\n`, '3:1', 'top of the file'],
  [
    'a list of tables that has imports',
    '[[plugins."io.containerd.transfer.v1.local".unpack_config]]\nsnapshotter = "overlayfs"\nimports = ["x"]\n',
    '4:1',
    'top of the file',
  ],
  [
    'an id without quotes',
    '[plugins.io.containerd.cri.v1.runtime.containerd.runtimes.vm]\nruntime_type = "a.b.c"\n',
    '2:10',
    'Quote the id',
  ],
  ['includes', 'includes = ["x"]\n', '2:1', 'Write it imports.'],
  ['a key with dashes', `${vm}pod-annotations = ["x"]\n`, '4:1', 'Write it pod_annotations.'],
  ['a key in camel case', `${vm}runtimePath = "/x"\n`, '4:1', 'Write it runtime_path.'],
  ['an option beside options', `${vm}ConfigPath = "/x"\n`, '4:1', 'its table options'],
  ['an option in another spelling', `${vm}config_path = "/x"\n`, '4:1', 'its table options, as ConfigPath'],
  ['an option in the plugin', `${runtime}]\nSystemdCgroup = true\n`, '3:1', 'the table options of a runtime'],
  ['an option at the top', 'BinaryName = "/x"\n', '2:1', 'the table options of a runtime'],
  ['a key of a runtime at the top', 'runtime_type = "a.b.c"\n', '2:1', 'the table of a runtime'],
  [
    'the default in the plugin',
    `${runtime}]\ndefault_runtime_name = "runc"\n`,
    '3:1',
    'plugins."io.containerd.cri.v1.runtime".containerd.',
  ],
  [
    'a setting about images among runtimes',
    `${runtime}]\nuse_local_image_pull = true\n`,
    '3:1',
    'plugins."io.containerd.cri.v1.images"',
  ],
  [
    'a setting about runtimes among images',
    `${images}]\nenable_selinux = true\n`,
    '3:1',
    'plugins."io.containerd.cri.v1.runtime"',
  ],
  ['the pause image of 1.x', `${runtime}]\nsandbox_image = "x"\n`, '3:1', 'pinned_images'],
  ['hosts outside the registry', `${images}]\nconfig_path = "/x"\n`, '3:1', 'registry'],
  [
    'a runtime beside runtimes',
    `${runtime}.containerd.vm]\nruntime_type = "a.b.c"\n`,
    '2:52',
    'containerd.runtimes."vm"',
  ],
  [
    'a runtime in a runtime',
    `${vm}${runtime}.containerd.runtimes.vm.other]\nruntime_type = "a.b.c"\n`,
    '4:64',
    'containerd.runtimes."other"',
  ],
  ['runtimes at the top', '[runtimes.vm]\nruntime_type = "a.b.c"\n', '2:2', 'containerd.runtimes'],
  ['systemd_cgroup', `${runtime}]\nsystemd_cgroup = true\n`, '3:1', 'SystemdCgroup'],
];

describe('a key in the wrong place is found, and told where it belongs:', () => {
  test.each(cases)('%s', async (_name, text, place, advice) => {
    const node = await layFiles(directory, { m: `version = 3\n${text}` });
    const { result } = await importFiles(node, ['m']);
    const told = result.findings.filter(({ severity }) => severity !== 'info');
    expect(told.map(({ code, source }) => `${source.line}:${source.column} ${code}`)).toEqual([`${place} KeyIgnored`]);
    expect(told[0]?.fix).toContain(advice);
  });

  test('a version in a table, with what that does to the file', async () => {
    const text =
      '[debug]\nversion = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.vm]\nruntime_type = "a.b.c"\n';
    const { said } = await importFiles(await layFiles(directory, { m: text }), ['m']);
    expect(said).toEqual(['m:2:1 KeyIgnored', 'm:3:10 OtherVersionsDiffer']);
  });
});

test('a key that is wrong in several runtimes is said once for each file', async () => {
  const table = (name: string) => `${vm.replace('.vm]', `.${name}]`)}SystemdCgroup = true\n`;
  const node = await layFiles(directory, { m: `version = 3\n${table('a')}${table('b')}${table('c')}` });
  const { result, said } = await importFiles(node, ['m']);
  expect(said).toEqual(['m:4:1 KeyIgnored']);
  expect(result.findings.map(messageOf)[0]).toMatch(
    /runtime "a" has no such key\. The same is true of runtimes "b" and "c"\.$/,
  );
});

describe('a key that only looks so is left alone:', () => {
  test.each([
    [
      'the root of a snapshotter that is exported',
      '[proxy_plugins.a]\ntype = "snapshot"\n[proxy_plugins.a.exports]\nroot = "/x"\n',
    ],
    ['Root of runc', `${runtime}.containerd.runtimes.runc.options]\nroot = "/x"\n`],
    ['the root of a plugin of its own', '[plugins."io.containerd.snapshotter.v1.stargz"]\nroot = "/x"\n'],
    [
      'the plugins that a validator of NRI requires',
      '[plugins."io.containerd.nri.v1.nri".default_validator]\nrequired_plugins = ["a.b"]\n',
    ],
    ['a header called version', `${images}.registry.headers]\nversion = ["1"]\n`],
    ['options of a shim that nobody knows', `${vm}options = { imports = "x", state = 1 }\n`],
  ])('%s', async (_name, text) => {
    const { said } = await importFiles(await layFiles(directory, { m: `version = 3\n${text}` }), ['m']);
    expect(said).toEqual([]);
  });
});

describe('drop-ins that nothing imports', () => {
  const dropIn = `version = 3\n${vm}`;

  test.each([
    [
      'are found in a directory of another name',
      { 'config.d/a.toml': dropIn },
      ['config.d/a.toml:1:1 DropInNotImported'],
    ],
    [
      'are found in any directory of containerd',
      { 'vm-runtimes/a.toml': dropIn },
      ['vm-runtimes/a.toml:1:1 DropInNotImported'],
    ],
    [
      'are said once for each directory',
      { 'a.d/a.toml': dropIn, 'a.d/b.toml': dropIn, 'b.d/a.toml': dropIn },
      ['a.d/a.toml:1:1 DropInNotImported', 'b.d/a.toml:1:1 DropInNotImported'],
    ],
    [
      'are none of the files of others',
      {
        'certs.d/hosts.toml': 'server = "https://a.example"\n',
        'runsc.d/x.toml': '[runsc_config]\n',
        'x.d/broken.toml': '=',
      },
      [],
    ],
  ])('%s', async (_name, files, expected) => {
    const laid = Object.fromEntries(Object.entries(files).map(([name, text]) => [`etc/containerd/${name}`, text]));
    const node = await layFiles(directory, { 'etc/containerd/config.toml': 'version = 3\n', ...laid });
    const { said } = await importFiles(node, ['']);
    expect(said.map((found) => found.replace('etc/containerd/', ''))).toEqual(expected);
  });

  test('are not missed where imports stands in a table, which is said', async () => {
    const node = await layFiles(directory, {
      m: `version = 3\n${vm}imports = ["conf.d/*.toml"]\n`,
      'conf.d/a.toml': dropIn,
    });
    expect((await importFiles(node, ['m'])).said).toEqual(['m:4:1 KeyIgnored']);
  });
});
