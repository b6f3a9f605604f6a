/** Files of one node by their path below its directory; `config.toml` is what containerd is started with. */
export type ConfigurationFiles = Readonly<Record<string, string>>;

const old = 'plugins."io.containerd.grpc.v1.cri"';
const runtime = 'plugins."io.containerd.cri.v1.runtime"';
const images = 'plugins."io.containerd.cri.v1.images"';
const kata = 'runtime_type = "io.containerd.kata.v2"';
const crun = 'runtime_type = "io.containerd.runc.v2"\noptions = { BinaryName = "/usr/bin/crun" }';

export const one = (text: string): ConfigurationFiles => ({ 'config.toml': text });

/** Configurations that containerd takes. The comment on a group says what containerd does; the test asks it. */
export const takenFiles: readonly (readonly [string, ConfigurationFiles])[] = [
  // Versions and plugin ids.
  ['an empty file', one('')],
  ['comments alone, with CRLF', one('# nothing\r\n# here\r\n')],
  ['version 4', one(`version = 4\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`)],
  ['version 3', one(`version = 3\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`)],
  ['version 2', one(`version = 2\n[${old}.containerd.runtimes.kata]\n${kata}\n`)],
  ['version 1', one(`version = 1\n[plugins.cri.containerd.runtimes.kata]\n${kata}\n`)],
  ['no version, short plugin ids', one(`[plugins.cri.containerd.runtimes.kata]\n${kata}\n`)],
  ['no version, full plugin ids', one(`[${old}.containerd.runtimes.kata]\n${kata}\n`)],
  ['no version, plugin ids of version 3', one(`[${runtime}.containerd.runtimes.kata]\n${kata}\n`)],
  ['version 0', one(`version = 0\n[plugins.cri.containerd.runtimes.kata]\n${kata}\n`)],
  ['version 4 with the id of version 2', one(`version = 4\n[${old}.containerd.runtimes.kata]\n${kata}\n`)],
  ['version 3 with the id of version 2', one(`version = 3\n[${old}.containerd.runtimes.kata]\n${kata}\n`)],
  ['version 2 with the short id of version 1', one(`version = 2\n[plugins.cri.containerd.runtimes.kata]\n${kata}\n`)],
  ['version 2 with the id of version 3', one(`version = 2\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`)],

  // Two plugin ids in one file: runtimes are taken whole from the new one, everything else key by key.
  [
    'runtimes under both ids',
    one(`version = 2\n[${old}.containerd.runtimes.lost]\n${kata}\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`),
  ],
  [
    'runtimes under both ids of version 3',
    one(`version = 3\n[${runtime}.containerd.runtimes.kata]\n${kata}\n[${old}.containerd.runtimes.lost]\n${kata}\n`),
  ],
  [
    'the default under the old id, runtimes under both',
    one(
      `version = 2\n[${old}.containerd]\ndefault_runtime_name = "lost"\n[${old}.containerd.runtimes.lost]\n${kata}\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`,
    ),
  ],
  [
    'defaults under both ids',
    one(
      `version = 2\n[${old}.containerd]\ndefault_runtime_name = "a"\n[${runtime}.containerd]\ndefault_runtime_name = "kata"\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`,
    ),
  ],
  [
    'snapshotters under both ids',
    one(`version = 2\n[${old}.containerd]\nsnapshotter = "devmapper"\n[${images}]\nsnapshotter = "nydus"\n`),
  ],

  // Snapshotters: of a runtime, of all images, of a runtime's images.
  [
    'a snapshotter of a runtime',
    one(`version = 3\n[${runtime}.containerd.runtimes.kata]\n${kata}\nsnapshotter = "nydus"\n`),
  ],
  ['a snapshotter of version 2', one(`version = 2\n[${old}.containerd]\nsnapshotter = "stargz"\n`)],
  ['a snapshotter of all images', one(`version = 3\n[${images}]\nsnapshotter = "stargz"\n`)],
  ['a snapshotter where it no longer is', one(`version = 3\n[${runtime}.containerd]\nsnapshotter = "stargz"\n`)],
  [
    'three snapshotters',
    one(
      `version = 3\n[${images}]\nsnapshotter = "a"\n[${images}.runtime_platforms.kata]\nsnapshotter = "b"\n[${runtime}.containerd.runtimes.kata]\n${kata}\nsnapshotter = "c"\n`,
    ),
  ],
  [
    "a snapshotter of a runtime's images alone",
    one(
      `version = 3\n[${images}.runtime_platforms.kata]\nsnapshotter = "b"\n[${runtime}.containerd.runtimes.kata]\n${kata}\n`,
    ),
  ],
  [
    'the misspelt key of the migration',
    one(`version = 2\n[${old}.containerd.runtimes.kata]\n${kata}\nsnapshot = "b"\n`),
  ],

  // The runtime runc is always there, with its options.
  ['options of runc', one(`version = 3\n[${runtime}.containerd.runtimes.runc.options]\nSystemdCgroup = true\n`)],
  ['options of runc as an inline table', one(`version = 3\n[${runtime}.containerd.runtimes.runc]\n${crun}\n`)],
  ['another type for runc', one(`version = 3\n[${runtime}.containerd.runtimes.runc]\n${kata}\n`)],
  ['an empty table for runc', one(`version = 3\n[${runtime}.containerd.runtimes.runc]\n`)],
  ['no type for runc', one(`version = 3\n[${runtime}.containerd.runtimes.runc]\nruntime_type = ""\n`)],
  ['a runtime without a type', one(`version = 3\n[${runtime}.containerd.runtimes.odd]\nruntime_path = "/x"\n`)],

  // The default runtime.
  ['a default that is there', one(`version = 3\n[${runtime}.containerd]\ndefault_runtime_name = "runc"\n`)],
  ['a default that names nothing', one(`version = 3\n[${runtime}.containerd]\ndefault_runtime_name = "nosuch"\n`)],
  ['an empty default', one(`version = 3\n[${runtime}.containerd]\ndefault_runtime_name = ""\n`)],

  // Keys that containerd does not know, or knows in any letter case.
  [
    'keys of containerd 1.x',
    one(
      `version = 2\n[${old}.containerd.default_runtime]\n${kata}\n[${old}.containerd.untrusted_workload_runtime]\n${kata}\n[${old}.containerd.runtimes.kata]\n${kata}\nruntime_engine = "/usr/bin/kata"\nruntime_root = "/run"\n`,
    ),
  ],
  ['a sandbox mode of 1.7', one(`version = 2\n[${old}.containerd.runtimes.kata]\n${kata}\nsandbox_mode = "shim"\n`)],
  ['misspelt keys', one(`version = 3\n[${runtime}.containerd.runtimes.kata]\nruntimetype = "x"\n${kata}\n`)],
  [
    'keys in other letter case',
    one(
      `version = 3\n[${runtime}.Containerd.RUNTIMES.kata]\nRuntime_Type = "io.containerd.kata.v2"\nPOD_annotations = ["a"]\n`,
    ),
  ],
  [
    'the same key in two letter cases',
    one(`version = 3\n[${runtime}.containerd.runtimes.kata]\n${kata}\nRuntime_Type = "io.containerd.other.v2"\n`),
  ],
  [
    'the same table in two letter cases',
    one(
      `version = 3\n[${runtime}.containerd.runtimes.kata]\n${kata}\n[${runtime}.Containerd.runtimes.kata]\nsnapshotter = "nydus"\n`,
    ),
  ],
  [
    'the type of runc in other letter case',
    one(`version = 3\n[${runtime}.containerd.runtimes.runc]\nRUNTIME_TYPE = "io.containerd.kata.v2"\n`),
  ],
  [
    'top-level keys in other letter case',
    one(`Version = 3\n[Plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]\n${kata}\n`),
  ],
  ['unknown keys at the top', one(`version = 3\nplugin_dir = "/x"\nfoo = 1\n[bar]\nbaz = 2\n`)],
  [
    'an integer of more than 64 bits in a table that is skipped',
    one('version = 3\nimports = []\n[a]\nb = 9223372036854775808\n'),
  ],
  ['runtimes in the wrong place', one(`version = 3\n[${runtime}.runtimes.kata]\n${kata}\n`)],
  ['a disabled plugin', one('version = 3\ndisabled_plugins = ["io.containerd.snapshotter.v1.zfs"]\n')],

  // TOML.
  [
    'dotted keys, literal strings and an underscore',
    one(
      `version = 3\nplugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'a.b'.runtime_type = 'a.b.c'\nplugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'a.b'.options.IoUid = 1_000\n`,
    ),
  ],
  [
    'inline tables over several lines',
    one(
      `version = 3\n[${runtime}.containerd.runtimes]\nkata = {\n  runtime_type = "a.b.c", # why\n  options = { A.B = [1, 2.5, "x", { y = true }] },\n}\n`,
    ),
  ],
  [
    'CRLF, escapes and strings over several lines',
    one(
      `version = 3\r\n[${runtime}.containerd.runtimes.kata]\r\nruntime_type = "io.\\u0063ontainerd.kata.v2"\r\noptions.ConfigBody = """\r\na = 1\r\nb \\\r\n  c"""\r\n`,
    ),
  ],
  [
    'an array of tables among options',
    one(
      `version = 3\n[${runtime}.containerd.runtimes.kata]\n${kata}\n[[${runtime}.containerd.runtimes.kata.options.list]]\na = 1\n[[${runtime}.containerd.runtimes.kata.options.list]]\nb = 2\n`,
    ),
  ],
  [
    'names that every object has',
    one(
      `version = 3\n[${runtime}.containerd.runtimes.constructor]\n${kata}\n[${runtime}.containerd.runtimes.__proto__]\n${kata}\n[${runtime}.containerd.runtimes.toString.options]\n__proto__ = "x"\n`,
    ),
  ],
];
