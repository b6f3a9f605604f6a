import { describe, expect, test } from '@jest/globals';
import { defaultConfiguration } from '../../../src/config/read-configuration.ts';
import type { Configuration } from '../../../src/config/configuration.ts';
import type { Node, RuntimeClass } from '../../../src/generated/objects.ts';
import { indexCluster } from '../../../src/policy/cluster-index.ts';
import { nodeTableKeeper, type NodeTable } from '../../../src/policy/node-tables.ts';
import { World } from '../../../src/policy/world.ts';
import { compileRuntimesTable } from '../../../src/shim/runtimes-table.ts';

type Said = Readonly<Record<string, unknown>>;

const read = { type: 'ConfigurationRead', status: 'True', reason: 'Read', message: '', lastTransitionTime: '' };

function said(name: string, handlers: readonly Said[], condition: Said = read): unknown {
  return { metadata: { name }, status: { conditions: [condition], handlers } };
}

const kata = { name: 'kata', runtimeType: 'io.containerd.kata.v2', shimBinary: 'containerd-shim-kata-v2' };

/** A world in which nodes say what they have. @param taints of nodes, by name */
function worldOf(
  tables: Readonly<Record<string, readonly Said[]>>,
  {
    runtimes = {},
    ...rest
  }: { readonly runtimes?: Configuration['runtimes'] | object } & Partial<Omit<Configuration, 'runtimes'>> = {},
  taints: Readonly<Record<string, NonNullable<NonNullable<Node['spec']>['taints']>>> = {},
  runtimeClass: RuntimeClass = { metadata: { name: 'kata' }, handler: 'kata' },
): World {
  const keep = nodeTableKeeper();
  const nodes = new Map(
    Object.keys(tables).map((name): [string, Node] => [
      name,
      { metadata: { name }, spec: { taints: taints[name] ?? null } },
    ]),
  );
  const nodeTables = new Map<string, NodeTable>();
  for (const [name, handlers] of Object.entries(tables)) {
    const table = keep(said(name, handlers));
    if (table !== undefined) nodeTables.set(name, table);
  }
  const { table } = compileRuntimesTable(runtimes as Parameters<typeof compileRuntimesTable>[0]);
  return new World(
    indexCluster({ classes: new Map([['kata', runtimeClass]]), namespaces: new Map(), nodes, nodeTables }),
    { ...defaultConfiguration(), ...rest, runtimes: table },
  );
}

const followed = (world: World) => {
  const { shim, findings } = world.followClass('kata') ?? {};
  return { shim, codes: findings?.map(({ code, severity }) => `${severity} ${code}`) };
};

describe('what nodes say of a handler', () => {
  test('is its shim, in full, where all that have it agree', () => {
    const options = {
      ...kata,
      options: '{"ConfigPath":"/etc/kata.toml"}',
      snapshotter: 'nydus',
      runtimePath: '/opt/kata',
    };
    expect(followed(worldOf({ a: [options], b: [options], c: [] }))).toEqual({
      shim: {
        name: 'kata',
        source: 'node',
        runtimeType: 'io.containerd.kata.v2',
        shimBinary: 'containerd-shim-kata-v2',
        runtimePath: '/opt/kata',
        options: { ConfigPath: '/etc/kata.toml' },
        snapshotter: 'nydus',
      },
      codes: [],
    });
  });

  test('is no shim where they do not agree, and never a denial', () => {
    const other = { ...kata, runtimeType: 'io.containerd.evil.v1' };
    expect(followed(worldOf({ a: [kata], b: [kata], c: [other] }, { undeclaredHandlers: 'deny' }))).toEqual({
      shim: { name: 'kata', source: 'node' },
      codes: ['warning NodesDisagree'],
    });
  });

  test('comes behind the configuration, and a difference is told', () => {
    const runtimes = { kata: { runtimeType: 'io.containerd.kata.v1' } };
    const world = worldOf({ a: [kata], b: [kata] }, { runtimes });
    expect(followed(world)).toMatchObject({
      shim: { source: 'configured', runtimeType: 'io.containerd.kata.v1' },
      codes: ['warning NodesContradictTable'],
    });
    expect(world.followClass('kata')?.findings[0]?.flaw).toEqual({
      is: 'said by nodes',
      text: 'is declared with another runtimeType than 2 nodes, such as "a", have',
    });
  });

  test.each([
    ['options that an entry leaves out', { runtimeType: kata.runtimeType }, { ...kata, options: '{"X":1}' }],
    [
      'options that are the default',
      { runtimeType: 'io.containerd.runc.v2', options: { BinaryName: 'runc', SystemdCgroup: false } },
      { name: 'kata', runtimeType: 'io.containerd.runc.v2' },
    ],
    [
      "Docker's form",
      { path: '/usr/bin/crun' },
      { name: 'kata', runtimeType: 'io.containerd.runc.v2', options: '{"BinaryName":"/usr/bin/crun"}' },
    ],
  ])('is no difference by %s', (_, entry, handler) => {
    expect(followed(worldOf({ a: [handler] }, { runtimes: { kata: entry } })).codes).toEqual([]);
  });

  test('goes before what is stock', () => {
    const runc = { name: 'runc', runtimeType: 'io.containerd.runc.v2', options: '{"BinaryName":"/usr/bin/crun"}' };
    const world = worldOf({ a: [runc] }, {}, {}, { metadata: { name: 'kata' }, handler: 'runc' });
    expect(followed(world).shim).toMatchObject({ source: 'node', options: { BinaryName: '/usr/bin/crun' } });
    const plain = { name: 'runc', runtimeType: 'io.containerd.runc.v2' };
    const disagreeing = worldOf({ a: [runc], b: [plain] }, {}, {}, { metadata: { name: 'kata' }, handler: 'runc' });
    expect(followed(disagreeing)).toMatchObject({ shim: { source: 'stock' }, codes: ['warning NodesDisagree'] });
  });

  test('is what the nodes say that pods of the class can use, and no others', () => {
    const other = { ...kata, runtimeType: 'io.containerd.evil.v1' };
    const taint = { key: 'control-plane', value: null, effect: 'NoSchedule' };
    expect(followed(worldOf({ a: [kata], b: [other] }, {}, { b: [taint] }))).toMatchObject({
      shim: { runtimeType: 'io.containerd.kata.v2' },
      codes: [],
    });
  });

  test('is missing where each node that pods can use lacks a part of it', () => {
    const hollow = { ...kata, missing: [{ what: 'Shim', value: 'containerd-shim-kata-v2' }] };
    expect(followed(worldOf({ a: [hollow], b: [hollow] })).codes).toEqual(['warning PartsMissingOnNodes']);
    expect(followed(worldOf({ a: [hollow], b: [kata] })).codes).toEqual([]);
    expect(followed(worldOf({ a: [hollow], b: [] })).codes).toEqual([]);
  });

  test('is nothing where its configuration was not read', () => {
    const keep = nodeTableKeeper();
    expect(keep(said('a', [kata], { ...read, status: 'False' }))).toBeUndefined();
    expect(keep({ metadata: { name: 'a' } })).toBeUndefined();
    expect(keep({ metadata: { name: 'a' }, status: { handlers: 'x' } })).toBeUndefined();
  });

  test('is held once where nodes say the same, whatever they lack or pass on', () => {
    const keep = nodeTableKeeper();
    const one = keep(said('a', [{ ...kata, podAnnotations: ['a.b/*'] }]));
    expect(keep(said('b', [kata]))).toBe(one);
    expect(keep(said('c', []))).not.toBe(one);
  });

  test('fills no memory, whatever one node says', () => {
    const keep = nodeTableKeeper();
    const first = keep(said('a', [kata]));
    for (let index = 0; index < 1_100; index++)
      keep(said('evil', [{ ...kata, options: JSON.stringify({ X: `${index}${'x'.repeat(4000)}` }) }]));
    // What was shared before is forgotten, and shared anew.
    expect(keep(said('b', [kata]))).not.toBe(first);
  });

  test('has no options where they are no object', () => {
    for (const options of ['[', '[]', '1', '{}', '']) {
      expect(nodeTableKeeper()(said('a', [{ ...kata, options }]))?.get('kata')?.shim).not.toHaveProperty('options');
    }
  });
});
