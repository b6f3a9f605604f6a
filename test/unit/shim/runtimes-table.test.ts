import { describe, expect, test } from '@jest/globals';
import type { Runtime } from '../../../src/generated/configuration.ts';
import { runcShim } from '../../../src/shim/options.ts';
import { compileRuntimesTable, namedShim, resolveRuntimeName } from '../../../src/shim/runtimes-table.ts';

const stock = { runtimeType: 'io.containerd.runc.v2', shimBinary: 'containerd-shim-runc-v2' };

/** Configures the runtimes and resolves a name. */
function resolve(name: string, runtimes: Readonly<Record<string, Runtime>> = {}) {
  return resolveRuntimeName(compileRuntimesTable(runtimes).table, name);
}

function resolved(shim: object) {
  return { kind: 'resolved', shim };
}

function refused(code: string) {
  return { kind: 'refused', refusal: expect.objectContaining({ code }) as unknown };
}

/** The names are those of Docker's test of the same (moby, daemon/runtime_unix_test.go). */
describe("the cases of Docker's daemon", () => {
  const runtimes = { 'my/custom.shim.v1': { path: '/bin/true' } };

  test('StockRuntime', () => {
    expect(resolve('runc', runtimes)).toEqual(
      resolved({ name: 'runc', source: 'stock', ...stock, options: { BinaryName: 'runc' } }),
    );
  });

  test('ShimName', () => {
    expect(resolve('io.containerd.my-shim.v42', runtimes)).toEqual(
      resolved({
        name: 'io.containerd.my-shim.v42',
        source: 'implicit',
        runtimeType: 'io.containerd.my-shim.v42',
        shimBinary: 'containerd-shim-my-shim-v42',
      }),
    );
  });

  test('VersionlessShimName', () => {
    expect(resolve('io.containerd.my-shim', runtimes)).toEqual(
      resolved({
        name: 'io.containerd.my-shim',
        source: 'implicit',
        runtimeType: 'io.containerd.my-shim',
        shimBinary: 'containerd-shim-containerd-my-shim',
      }),
    );
  });

  test('IllformedShimName', () => {
    expect(resolve('myshim', runtimes)).toEqual(refused('MissingDot'));
  });

  test('EmptyString', () => {
    expect(resolve('', runtimes)).toEqual(refused('EmptyName'));
  });

  test('PathToShim', () => {
    expect(resolve('/path/to/runc', runtimes)).toEqual(refused('AbsolutePath'));
  });

  test('PathToShimName', () => {
    expect(resolve('/path/to/io.containerd.runc.v2', runtimes)).toEqual(refused('AbsolutePath'));
  });

  test('RelPathToShim', () => {
    expect(resolve('my/io.containerd.runc.v2', runtimes)).toEqual(refused('RelativePath'));
  });

  test('ConfiguredRuntime', () => {
    expect(resolve('my/custom.shim.v1', runtimes)).toEqual(
      resolved({ name: 'my/custom.shim.v1', source: 'configured', ...stock, options: { BinaryName: '/bin/true' } }),
    );
    // The configured runtime has options of its own: the stock runtime's are what they were.
    expect(resolve('runc', runtimes)).toMatchObject(resolved({ options: { BinaryName: 'runc' } }));
    expect(resolve(runcShim, runtimes)).toMatchObject(resolved({ options: { BinaryName: 'runc' } }));
  });
});

describe('a runtime name resolves', () => {
  test('to the stock shim with BinaryName runc, where it is the name of the stock shim', () => {
    expect(resolve(runcShim)).toEqual(
      resolved({ name: runcShim, source: 'stock', ...stock, options: { BinaryName: 'runc' } }),
    );
  });

  test.each([
    ['a..', 'containerd-shim--'],
    ['io.containerd.kata.v2', 'containerd-shim-kata-v2'],
  ])('to the shim of that name, passed on verbatim, where nobody configured %j', (name, shimBinary) => {
    expect(resolve(name)).toEqual(resolved({ name, source: 'implicit', runtimeType: name, shimBinary }));
  });

  test.each([
    ['.a', 'LeadingDot'],
    ['C:\\x.exe', 'WindowsPath'],
    ['\\\\host\\x.y', 'WindowsPath'],
    ['io.containerd.runc.v2\n', 'ControlCharacter'],
    ['Runc', 'MissingDot'],
    ['runc ', 'MissingDot'],
  ])('to nothing for %j: %s', (name, code) => {
    expect(resolve(name)).toEqual(refused(code));
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'to nothing for %j, which every object has, unless it is configured',
    (name) => {
      expect(resolve(name)).toEqual(refused('MissingDot'));
      const runtimes = Object.fromEntries([[name, { path: '/usr/bin/crun' }]]);
      expect(resolve(name, runtimes)).toEqual(
        resolved({ name, source: 'configured', ...stock, options: { BinaryName: '/usr/bin/crun' } }),
      );
      expect(resolve('toLocaleString', runtimes)).toEqual(refused('MissingDot'));
    },
  );

  test('explicitly before stock before implicitly', () => {
    const runtimes = {
      runc: { runtimeType: 'io.containerd.kata.v2' },
      'io.containerd.gvisor.v1': { path: '/usr/bin/crun' },
      '/bin/sh': { runtimeType: 'io.containerd.gvisor.v1' },
    };
    expect(resolve('runc', runtimes)).toMatchObject(
      resolved({ source: 'configured', runtimeType: 'io.containerd.kata.v2' }),
    );
    expect(resolve(runcShim, runtimes)).toMatchObject(resolved({ source: 'stock', runtimeType: runcShim }));
    expect(resolve('io.containerd.gvisor.v1', runtimes)).toMatchObject(
      resolved({ source: 'configured', runtimeType: runcShim }),
    );
    expect(resolve('/bin/sh', runtimes)).toMatchObject(
      resolved({ source: 'configured', runtimeType: 'io.containerd.gvisor.v1' }),
    );
    expect(resolve('/bin/bash', runtimes)).toEqual(refused('AbsolutePath'));
    expect(resolve('io.containerd.kata.v2', runtimes)).toMatchObject(resolved({ source: 'implicit' }));
  });
});

/** Each configured runtime, and the shim config that it becomes, to the last field. */
const configured: readonly (readonly [string, Runtime, object])[] = [
  ['a path', { path: '/usr/bin/crun' }, { ...stock, options: { BinaryName: '/usr/bin/crun' } }],
  ['a path that runc finds by itself', { path: 'crun' }, { ...stock, options: { BinaryName: 'crun' } }],
  [
    'a path with arguments, which containerd has no place for',
    { path: '/usr/bin/crun', runtimeArgs: ['--debug'] },
    { ...stock, options: { BinaryName: '/usr/bin/crun' } },
  ],
  [
    'a path with empty options',
    { path: '/usr/bin/crun', options: {} },
    { ...stock, options: { BinaryName: '/usr/bin/crun' } },
  ],
  [
    'a path with an empty runtimeType',
    { path: '/usr/bin/crun', runtimeType: '' },
    { ...stock, options: { BinaryName: '/usr/bin/crun' } },
  ],
  [
    'a runtimeType',
    { runtimeType: 'io.containerd.kata.v2' },
    { runtimeType: 'io.containerd.kata.v2', shimBinary: 'containerd-shim-kata-v2' },
  ],
  [
    'a runtimeType with an empty path and no arguments',
    { runtimeType: 'io.containerd.kata.v2', path: '', runtimeArgs: [] },
    { runtimeType: 'io.containerd.kata.v2', shimBinary: 'containerd-shim-kata-v2' },
  ],
  [
    'the stock shim with options of its own, and no BinaryName by default',
    { runtimeType: 'io.containerd.runc.v2', options: { SystemdCgroup: true } },
    { ...stock, options: { SystemdCgroup: true } },
  ],
  [
    'a shim named by path',
    { runtimeType: '/opt/shims/my.shim' },
    { runtimeType: '/opt/shims/my.shim', shimBinary: '/opt/shims/my.shim' },
  ],
  [
    'a shim named by a path of Windows',
    { runtimeType: 'C:\\shims\\my.exe' },
    { runtimeType: 'C:\\shims\\my.exe', shimBinary: 'C:\\shims\\my.exe' },
  ],
  [
    'everything else that an entry may have',
    {
      runtimeType: 'io.containerd.kata-qemu.v2',
      runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
      options: { ConfigPath: '/opt/kata/configuration.toml' },
      snapshotter: 'nydus',
      annotations: { a: 'b' },
      podAnnotations: ['*'],
      allowedAnnotations: { c: [] },
    },
    {
      runtimeType: 'io.containerd.kata-qemu.v2',
      shimBinary: '/opt/kata/bin/containerd-shim-kata-v2',
      runtimePath: '/opt/kata/bin/containerd-shim-kata-v2',
      options: { ConfigPath: '/opt/kata/configuration.toml' },
      snapshotter: 'nydus',
      annotations: { a: 'b' },
    },
  ],
];

describe('a configured runtime becomes the shim config of', () => {
  test.each(configured)('%s', (_, runtime, shim) => {
    expect(resolve('kata', { kata: runtime })).toEqual(resolved({ name: 'kata', source: 'configured', ...shim }));
  });
});

describe('the shim config of a shim name', () => {
  test('has no binary where containerd finds none in the name', () => {
    expect(namedShim('x', 'nodots', 'class')).toEqual({ name: 'x', source: 'class', runtimeType: 'nodots' });
  });
});
