import fc from 'fast-check';
import { runtimeFields, runtimePluginFields } from '../../../src/import/containerd/containerd-fields.ts';
import type { Fields } from '../../../src/import/containerd/go-decoding.ts';
import type { ConfigurationFiles } from './configurations.ts';
import { writeToml, type Plain, type PlainTable } from '../../support/write-toml.ts';

const anything: fc.Arbitrary<Plain> = fc.oneof(
  fc.constantFrom<Plain>('x', '', 1, 0, 1.5, true, false, [], ['x'], [1], {}, { a: 1 }, { a: 'x' }, { a: {} }),
);

/** What a field takes, most of the time. */
function valueOf(kind: string): fc.Arbitrary<Plain> {
  const good: Readonly<Record<string, Plain>> = {
    string: 'x',
    boolean: true,
    integer: 7,
    strings: ['x'],
    table: {},
    tables: {},
    'string map': { a: 'x' },
  };
  return fc.oneof({ weight: 8, arbitrary: fc.constant(good[kind] ?? 'x') }, { weight: 1, arbitrary: anything });
}

function tableOf(fields: Fields, others: Readonly<Record<string, fc.Arbitrary<Plain>>>): fc.Arbitrary<PlainTable> {
  const known = Object.fromEntries([...fields].map(([name, kind]) => [name, valueOf(kind)]));
  return fc
    .record({ ...known, ...others }, { requiredKeys: [], noNullPrototype: true })
    .chain((table) =>
      fc.subarray(Object.keys(table)).map((keys) => Object.fromEntries(keys.map((key) => [key, table[key] ?? '']))),
    );
}

const oneIn = (weight: number, good: fc.Arbitrary<Plain>) =>
  fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: anything });

const runtimes = fc.dictionary(fc.constantFrom('runc', 'kata'), oneIn(12, tableOf(runtimeFields, {})), {
  maxKeys: 2,
  noNullPrototype: true,
});

const section = fc.record(
  {
    runtimes: oneIn(12, runtimes),
    default_runtime_name: oneIn(12, fc.constant('runc')),
    ignore_rdt_not_enabled_errors: oneIn(12, fc.constant(true)),
    snapshotter: oneIn(12, fc.constant('x')),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const plugins = fc
  .record(
    {
      'io.containerd.grpc.v1.cri': oneIn(
        12,
        fc.record({ containerd: oneIn(12, section) }, { requiredKeys: [], noNullPrototype: true }),
      ),
      'io.containerd.cri.v1.runtime': oneIn(12, tableOf(runtimePluginFields, { containerd: oneIn(12, section) })),
      'io.containerd.cri.v1.images': oneIn(
        12,
        fc.record(
          { snapshotter: oneIn(12, fc.constant('x')), runtime_platforms: oneIn(12, fc.constant({})) },
          { requiredKeys: [], noNullPrototype: true },
        ),
      ),
      cri: oneIn(12, fc.record({ containerd: oneIn(12, section) }, { requiredKeys: [], noNullPrototype: true })),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  // With both, containerd goes by chance.
  .map(({ cri, ...others }): PlainTable =>
    cri === undefined || 'io.containerd.grpc.v1.cri' in others ? others : { cri, ...others },
  );

const file = fc.record(
  {
    version: oneIn(12, fc.constantFrom(1, 2, 3, 4)),
    plugins: oneIn(20, plugins),
    root: oneIn(12, fc.constant('/x')),
    oom_score: oneIn(12, fc.constant(-999)),
    timeouts: oneIn(12, fc.constant({ a: '1s' })),
    disabled_plugins: oneIn(12, fc.constantFrom<Plain>([], ['a.b'], ['a'])),
    debug: oneIn(12, fc.constant({})),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** Configurations in which, here and there, a value has the wrong type. */
export const mistakenFiles: fc.Arbitrary<ConfigurationFiles> = fc
  .tuple(file, fc.option(file))
  .map(([main, dropIn]): ConfigurationFiles => {
    const write = (table: PlainTable) => writeToml(table, () => 1);
    if (dropIn === null) return { 'config.toml': write(main) };
    return { 'config.toml': write({ ...main, imports: ['a.toml'] }), 'a.toml': write(dropIn) };
  });
