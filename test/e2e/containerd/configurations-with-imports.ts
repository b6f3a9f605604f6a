import { one, type ConfigurationFiles } from './configurations.ts';

const old = 'plugins."io.containerd.grpc.v1.cri"';
const runtime = 'plugins."io.containerd.cri.v1.runtime"';
const images = 'plugins."io.containerd.cri.v1.images"';
const kata = 'runtime_type = "io.containerd.kata.v2"';

/** Configurations of several files that containerd takes. */
export const takenImports: readonly (readonly [string, ConfigurationFiles])[] = [
  [
    'a drop-in by a relative path, key by key',
    {
      'config.toml': `version = 3\nimports = ["conf.d/a.toml"]\n[${runtime}.containerd.runtimes.kata]\n${kata}\npod_annotations = ["a", "b"]\noptions = { A = 1, B = { c = 1 } }\n`,
      'conf.d/a.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\npod_annotations = ["c"]\nsnapshotter = "nydus"\noptions = { B = { d = 2 }, E = 3 }\n`,
    },
  ],
  [
    'a drop-in that empties what there was',
    {
      'config.toml': `version = 3\nimports = ["a.toml"]\n[${images}]\nsnapshotter = "x"\n[${runtime}.containerd.runtimes.kata]\n${kata}\npod_annotations = ["a"]\nsnapshotter = "y"\noptions = { A = true, B = { c = 1 } }\n`,
      'a.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\npod_annotations = []\nsnapshotter = ""\noptions = { A = false, B = {} }\n`,
    },
  ],
  [
    'drop-ins in the order of their names, hidden ones too',
    {
      'config.toml': `version = 3\nimports = ["conf.d/*.toml"]\n`,
      'conf.d/10-b.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\nruntime_type = "b.b.b"\n`,
      'conf.d/10-B.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\nruntime_type = "c.c.c"\n`,
      'conf.d/9-a.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\nsnapshotter = "nine"\n`,
      'conf.d/.hidden.toml': `version = 3\n[${runtime}.containerd.runtimes.hidden]\nruntime_type = "a.a.a"\n`,
      'conf.d/notes.txt': 'not TOML at all',
    },
  ],
  [
    'drop-ins of other versions',
    {
      'config.toml': `version = 4\nimports = ["*.d/v*.toml"]\n[${runtime}.containerd.runtimes.four]\n${kata}\n`,
      'a.d/v0.toml': `[plugins.cri.containerd.runtimes.zero]\n${kata}\n`,
      'a.d/v1.toml': `version = 1\n[plugins.cri.containerd.runtimes.one]\n${kata}\n`,
      'b.d/v2.toml': `version = 2\n[${old}.containerd.runtimes.two]\n${kata}\n[${old}.containerd]\nsnapshotter = "x"\n`,
      'b.d/v3.toml': `version = 3\n[${runtime}.containerd.runtimes.three]\n${kata}\n`,
    },
  ],
  [
    'the same table under the old id in another file',
    {
      'config.toml': `version = 2\nimports = ["a.toml"]\n[${old}.containerd.runtimes.kata]\n${kata}\nsnapshotter = "x"\n`,
      'a.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\nsnapshotter = "y"\n[${runtime}.containerd.runtimes.other]\n${kata}\n`,
    },
  ],
  [
    'imports breadth first',
    {
      'config.toml': 'version = 3\nimports = ["a/a.toml", "b.toml"]\n',
      'a/a.toml': `version = 3\nimports = ["../c.toml"]\n[${runtime}.containerd.runtimes.kata]\nruntime_type = "a.a.a"\n`,
      'b.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\nruntime_type = "b.b.b"\n`,
      'c.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\nruntime_type = "c.c.c"\n`,
    },
  ],
  [
    'imports in a circle',
    {
      'config.toml': `version = 3\nimports = ["./a.toml", "a.toml", "config.toml"]\n[${runtime}.containerd.runtimes.kata]\nruntime_type = "m.m.m"\n`,
      'a.toml': `version = 3\nimports = ["config.toml"]\n[${runtime}.containerd.runtimes.kata]\nruntime_type = "a.a.a"\n`,
    },
  ],
  [
    'a pattern of other signs than a star is a name',
    {
      'config.toml': 'version = 3\nimports = ["[a].toml"]\n',
      '[a].toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`,
    },
  ],
  ['a pattern that matches nothing', one('version = 3\nimports = ["nothing/*.toml"]\n')],
  [
    'a path with detours',
    {
      'config.toml': 'version = 3\nimports = ["x/..//./a.toml/"]\n',
      'a.toml': `version = 3\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`,
    },
  ],
  [
    'a drop-in that replaces a table by a value that containerd ignores',
    {
      'config.toml': `version = 3\nimports = ["a.toml"]\n[${runtime}.containerd.runtimes.kata]\n${kata}\n[${runtime}.containerd.runtimes.kata.options.A]\nb = 1\n`,
      'a.toml': `version = 3\n[${runtime}.containerd.runtimes.kata.options]\nA = "text"\n`,
    },
  ],
];
