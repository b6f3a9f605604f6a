import fc from 'fast-check';
import type { ConfigurationFiles } from './configurations.ts';
import { writeToml, type Choose, type Plain, type PlainTable } from '../../support/write-toml.ts';

/** Names that meet in several files, names that need quotes, and names that every object has. */
const runtimeName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('runc', 'kata', 'kata-qemu', 'crun', 'a.b', 'constructor', '__proto__') },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }) },
);

const runtimeType = fc.constantFrom('io.containerd.runc.v2', 'io.containerd.kata.v2', 'a.b.c', '/opt/shim', 'odd', '');

const optionValue: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('', 'a\nb', 'a"b\\c', 'ä\u0001', "it's"),
    fc.constantFrom(0, 1.5, -0.25, 1e21),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('A', 'b', 'x.y', ' ', '__proto__'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;

const runtime: fc.Arbitrary<PlainTable> = fc.record(
  {
    runtime_type: runtimeType,
    Runtime_Type: runtimeType,
    runtime_path: fc.constantFrom('/opt/bin/shim', ''),
    pod_annotations: fc.array(fc.constantFrom('a', 'io.katacontainers.*', '['), { maxLength: 2 }),
    snapshotter: fc.constantFrom('nydus', 'devmapper', ''),
    options: fc.dictionary(
      fc.constantFrom('BinaryName', 'SystemdCgroup', 'Root', 'ConfigPath', 'IoUid', 'x.y'),
      optionValue,
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
    privileged_without_host_devices: fc.boolean(),
    sandbox_mode: fc.constantFrom('shim', ''),
    sandboxer: fc.constantFrom('podsandbox', 'shim'),
    unheard_of: fc.integer(),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const runtimes = fc.dictionary(runtimeName, runtime, { maxKeys: 3, noNullPrototype: true });

const section: fc.Arbitrary<PlainTable> = fc.record(
  {
    default_runtime_name: fc.constantFrom('runc', 'kata', 'nosuch', ''),
    snapshotter: fc.constantFrom('stargz', 'overlayfs', ''),
    runtimes,
    discard_unpacked_layers: fc.boolean(),
    default_runtime: runtime,
  },
  { requiredKeys: [], noNullPrototype: true },
);

const platforms = fc.dictionary(
  runtimeName,
  fc.record(
    { platform: fc.constant('linux/amd64'), snapshotter: fc.constantFrom('nydus', '') },
    { requiredKeys: [], noNullPrototype: true },
  ),
  { maxKeys: 2, noNullPrototype: true },
);

/** Tables under any plugin id, the one that the version knows or another one. */
const plugins = fc.record(
  {
    'io.containerd.grpc.v1.cri': fc.record(
      { containerd: section, sandbox_image: fc.constant('x') },
      { requiredKeys: [], noNullPrototype: true },
    ),
    'io.containerd.cri.v1.runtime': fc.record(
      { containerd: section, enable_selinux: fc.boolean() },
      { requiredKeys: [], noNullPrototype: true },
    ),
    'io.containerd.cri.v1.images': fc.record(
      { snapshotter: fc.constantFrom('nydus', ''), runtime_platforms: platforms },
      { requiredKeys: [], noNullPrototype: true },
    ),
    'io.containerd.gc.v1.scheduler': fc.record({ pause_threshold: fc.constant(0.5) }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const version = fc.constantFrom(undefined, 0, 1, 2, 3, 4);

/** One file; a version below 2 has the short id, unless it has the full one: with both, containerd goes by chance. */
const file: fc.Arbitrary<PlainTable> = fc
  .tuple(version, plugins, section, fc.boolean())
  .map(([said, full, short, isShort]): PlainTable => {
    const { 'io.containerd.grpc.v1.cri': cri, ...others } = full;
    const isOld = said === undefined || said < 2;
    const all =
      isOld && isShort
        ? { ...others, cri: { containerd: short } }
        : { ...others, ...(cri !== undefined && { 'io.containerd.grpc.v1.cri': cri }) };
    return { ...(said !== undefined && { version: said }), plugins: all };
  });

/** Drop-ins, which all but one import brings in: relative, absolute in the test's directory, or by a pattern. */
export const configurationFiles: fc.Arbitrary<ConfigurationFiles> = fc
  .tuple(
    file,
    fc.dictionary(fc.constantFrom('conf.d/a.toml', 'conf.d/B.toml', 'conf.d/10.toml', 'other.toml'), file, {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    fc.array(fc.integer({ min: 0, max: 59 }), { minLength: 32, maxLength: 32 }),
  )
  .map(([main, dropIns, dice]) => {
    const choose = dicer(dice);
    const names = Object.keys(dropIns);
    const imports = [...names.filter((name) => !name.startsWith('conf.d') || choose(3) === 0), 'conf.d/*.toml'];
    const whole = names.length === 0 ? main : { imports, ...main };
    const write = ([name, content]: [string, PlainTable]) => [name, writeToml(content, choose)];
    return Object.fromEntries(
      [['config.toml', whole], ...Object.entries(dropIns)].map((entry) => write(entry as [string, PlainTable])),
    ) as ConfigurationFiles;
  });

function dicer(dice: readonly number[]): Choose {
  let next = 0;
  return (options) => (dice[next++ % dice.length] ?? 0) % options;
}
