import { one, type ConfigurationFiles } from './configurations.ts';

const old = 'plugins."io.containerd.grpc.v1.cri"';
const runtime = 'plugins."io.containerd.cri.v1.runtime"';
const images = 'plugins."io.containerd.cri.v1.images"';

/** Configurations that containerd refuses, or falls over. */
export const refused: readonly (readonly [string, ConfigurationFiles])[] = [
  ['a byte order mark', one('\uFEFFversion = 3\n')],
  ['what is no TOML', one('version: 3\n')],
  ['a key twice', one('version = 3\nversion = 3\n')],
  ['a table twice', one('[a]\n[a]\n')],
  ['a version of more than 64 bits', one('version = 9223372036854775808\n')],
  [
    'an integer of more than 64 bits among options',
    one(`version = 3\n[${runtime}.containerd.runtimes.kata.options]\nb = -9223372036854775809\n`),
  ],
  ['a version of tomorrow', one('version = 5\n')],
  ['a version below zero', one('version = -1\n')],
  ['a version as a string', one('version = "3"\n')],
  ['imports as a string', one('version = 3\nimports = "a.toml"\n')],
  ['a root as a number', one('version = 3\nroot = 1\n')],
  ['proxy plugins that are none', one('version = 3\nproxy_plugins.a = 1\n')],
  ['plugins as a list', one('version = 3\nplugins = []\n')],
  ['a short plugin id in version 2', one('version = 2\ndisabled_plugins = ["cri"]\n')],
  ['a runtime type that is a number', one(`version = 3\n[${runtime}.containerd.runtimes.kata]\nruntime_type = 1\n`)],
  [
    'pod annotations that are one string',
    one(`version = 3\n[${runtime}.containerd.runtimes.kata]\npod_annotations = "a"\n`),
  ],
  ['pod annotations of numbers', one(`version = 3\n[${runtime}.containerd.runtimes.kata]\npod_annotations = [1]\n`)],
  ['options that are no table', one(`version = 3\n[${runtime}.containerd.runtimes.kata]\noptions = "x"\n`)],
  ['a runtime that is no table', one(`version = 3\n[${runtime}.containerd.runtimes]\nkata = 1\n`)],
  ['a runtime that is no table, in version 2', one(`version = 2\n[${old}.containerd.runtimes]\nkata = 1\n`)],
  ['runtimes that are a list, in version 2', one(`version = 2\n[${old}.containerd]\nruntimes = []\n`)],
  ['a plugin that is no table, in version 2', one('version = 2\nplugins."io.containerd.grpc.v1.cri" = 1\n')],
  ['a plugin that is no table, in version 1', one('version = 1\nplugins.cri = 1\n')],
  ['a section that is no table', one(`version = 2\n[${old}]\ncontainerd = 1\n`)],
  ['a default that is a number', one(`version = 3\n[${runtime}.containerd]\ndefault_runtime_name = 1\n`)],
  ['a snapshotter that is a number', one(`version = 3\n[${images}]\nsnapshotter = 1\n`)],
  ['a broken drop-in', { 'config.toml': 'version = 3\nimports = ["*.d/a.toml"]\n', 'x.d/a.toml': 'a = \n' }],
  ['a directory as a drop-in', { 'config.toml': 'version = 3\nimports = ["x.d"]\n', 'x.d/a.toml': '' }],
  ['a malformed pattern', one('version = 3\nimports = ["[*.toml"]\n')],
  [
    'a plugin of version 3 that is no table, beside one of version 2',
    one('version = 2\nplugins."io.containerd.cri.v1.images" = "x"\nplugins."io.containerd.grpc.v1.cri" = {}\n'),
  ],
  [
    'runtimes that are no table under the new id, although a drop-in has better ones',
    {
      'config.toml': `version = 2\nimports = ["a.toml"]\n[${old}.containerd]\n[${runtime}.containerd]\nruntimes = "x"\n`,
      'a.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\nruntime_type = "a.b.c"\n`,
    },
  ],
];
