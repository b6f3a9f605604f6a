import { describe, expect, test } from '@jest/globals';
import type { Runtime } from '../../../src/generated/configuration.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const importDocker = async (content: string | Uint8Array) => {
  const { result, said } = await importFiles(await layFiles(directory, { d: content }), ['d']);
  return { runtimes: Object.fromEntries(result.runtimes), defaultRuntime: result.defaultRuntime, said };
};

const utf16 = (text: string, isBigEndian: boolean) => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
};

/** Entries as they stand in the file, what becomes of them, and what is said. */
const entries: readonly (readonly [string, object, Record<string, Runtime>, readonly string[]])[] = [
  ['a path', { crun: { path: '/usr/bin/crun' } }, { crun: { path: '/usr/bin/crun' } }, []],
  [
    'a path with arguments, which containerd has no place for',
    { gvisor: { path: '/usr/bin/runsc', runtimeArgs: ['--debug'] } },
    { gvisor: { path: '/usr/bin/runsc', runtimeArgs: ['--debug'] } },
    ['RuntimeArgsNotPassed'],
  ],
  [
    'a type with options',
    { kata: { runtimeType: 'io.containerd.kata.v2', options: { ConfigPath: '/x', Nested: { A: [1, null] } } } },
    { kata: { runtimeType: 'io.containerd.kata.v2', options: { ConfigPath: '/x', Nested: { A: [1, null] } } } },
    ['DroppedOption'],
  ],
  ['a shim by its path', { kata: { runtimeType: '/x' } }, { kata: { runtimeType: '/x' } }, ['ShimNamedByPath']],
  ['keys in other letter case', { a: { PATH: '/a', RuntimeArgs: [] } }, { a: { path: '/a' } }, []],
  [
    'nothing where null is',
    { a: { path: '/a', runtimeType: null, options: null, runtimeArgs: null } },
    { a: { path: '/a' } },
    [],
  ],
  ['names that every object has', { constructor: { path: '/a' } }, { constructor: { path: '/a' } }, []],
  ['the reserved name', { runc: { path: '/a' } }, {}, ['DockerRefuses']],
  ['neither path nor type', { a: {} }, {}, ['DockerRefuses']],
  ['both path and type', { a: { path: '/a', runtimeType: 'a.b.c' } }, {}, ['DockerRefuses']],
  ['a path with options', { a: { path: '/a', options: { b: 1 } } }, {}, ['DockerRefuses']],
  ['a type with arguments', { a: { runtimeType: 'a.b.c', runtimeArgs: ['x'] } }, {}, ['DockerRefuses']],
  ['a path that is a number', { a: { path: 1 } }, {}, ['DockerRefuses', 'DockerRefuses']],
  [
    'arguments that are numbers',
    { a: { path: '/a', runtimeArgs: [1] } },
    { a: { path: '/a', runtimeArgs: [] } },
    ['DockerRefuses'],
  ],
  ['an entry that is a string', { a: '/a' }, {}, ['DockerRefuses']],
  ['a type that is no shim name', { a: { runtimeType: 'x/y' } }, {}, ['RuntimeLeftOut']],
  ['an empty list of args, which nvidia-ctk writes', { a: { path: '/a', args: [] } }, { a: { path: '/a' } }, []],
  ['args that are lost', { a: { path: '/a', args: ['--x'] } }, { a: { path: '/a' } }, ['KeyIgnored']],
  [
    'an OCI runtime that is none any more',
    { a: { path: '/opt/kata/bin/kata-runtime' } },
    { a: { path: '/opt/kata/bin/kata-runtime' } },
    ['FormerOciRuntime'],
  ],
  ['a key that is unknown', { a: { path: '/a', runtimePath: '/b' } }, { a: { path: '/a' } }, ['KeyIgnored']],
];

describe('of a daemon.json is read', () => {
  test.each(entries)('%s', async (_name, runtimes, expected, codes) => {
    const imported = await importDocker(JSON.stringify({ runtimes }));
    expect(imported.runtimes).toEqual(expected);
    expect(imported.said.map((found) => found.split(' ')[1])).toEqual(codes);
  });

  test.each<[string, unknown, string | undefined, readonly string[]]>([
    ['none', undefined, undefined, []],
    ['one of the file', 'crun', 'crun', []],
    ['runc', 'runc', 'runc', []],
    ['a shim name, which no table has', 'io.containerd.kata.v2', undefined, ['RuntimeLeftOut']],
    ['a name that Docker does not know', 'nosuch', undefined, ['DefaultRuntimeMissing']],
    ['a path', '/usr/bin/crun', undefined, ['DefaultRuntimeMissing']],
    ['a number', 1, undefined, ['DockerRefuses']],
  ])('the default, where it is %s', async (_name, name, expected, codes) => {
    const file = { runtimes: { crun: { path: '/usr/bin/crun' } }, 'default-runtime': name };
    const imported = await importDocker(JSON.stringify(file));
    expect(imported.defaultRuntime).toBe(expected);
    expect(imported.said.map((found) => found.split(' ')[1])).toEqual(codes);
  });

  test('the place of what is wrong', async () => {
    const { said } = await importDocker('{\n  "runtimes": {\n    "a": {\n      "path": 1\n    }\n  }\n}\n');
    expect(said).toEqual(['d:3:5 DockerRefuses', 'd:4:7 DockerRefuses']);
  });
});

describe('a field that Docker does not have is told where it belongs', () => {
  test.each([
    ['args', 'Write it runtimeArgs.'],
    ['runtime_type', 'Write it runtimeType.'],
    ['runtimePath', 'Docker has no such field: give the path of the shim, or its name, as runtimeType.'],
    ['BinaryName', 'Move it to options, as BinaryName.'],
    ['foo', 'Correct its spelling or its place, or remove it.'],
  ])('%s', async (key, fix) => {
    const node = await layFiles(directory, { d: JSON.stringify({ runtimes: { a: { path: '/a', [key]: 'x' } } }) });
    const { result } = await importFiles(node, ['d']);
    expect(result.findings.map((found) => [found.code, found.fix])).toEqual([['KeyIgnored', fix]]);
  });
});

describe('a shim and an OCI runtime are told apart in', () => {
  const shim = '/opt/bin/containerd-shim-spin-v2';

  test.each<[string, object, readonly string[]]>([
    ['a path', { a: { path: shim } }, ['ShimAsOciRuntime']],
    ['a path under the name of the shim', { 'io.containerd.spin.v2': { path: shim } }, ['ShimAsOciRuntime']],
    [
      'BinaryName',
      { a: { runtimeType: 'io.containerd.runc.v2', options: { BinaryName: shim } } },
      ['ShimAsOciRuntime'],
    ],
    ['a type that is a path', { a: { runtimeType: '/usr/bin/crun' } }, ['OciRuntimeAsShim']],
    [
      'what is right',
      { a: { path: '/usr/bin/nvidia-container-runtime' }, b: { runtimeType: 'io.containerd.spin.v2' } },
      [],
    ],
  ])('%s', async (_name, runtimes, codes) => {
    const { said } = await importDocker(JSON.stringify({ runtimes }));
    expect(said.map((found) => found.split(' ')[1])).toEqual(codes);
  });
});

describe('the encoding is what Docker takes', () => {
  const text = '{"runtimes": {"ä": {"path": "/a"}}}';

  test.each<[string, Uint8Array]>([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, little end first', utf16(text, false)],
    ['UTF-16, big end first', utf16(text, true)],
  ])('%s', async (_name, bytes) => {
    expect(await importDocker(bytes)).toEqual({ runtimes: { ä: { path: '/a' } }, defaultRuntime: undefined, said: [] });
  });
});

describe('a file is recognized by its content', () => {
  test.each([
    ['JSON of something else', '{"name": "x", "version": "1"}', ['d:1:1 UnreadableFile']],
    ['broken JSON', '{\n  "runtimes": {,}\n}', ['d:2:16 UnreadableFile']],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nabc\n', ['d:1:1 UnreadableFile']],
    ['bytes', Buffer.from([0, 1, 2, 0xff]), ['d:1:1 UnreadableFile']],
  ])('%s', async (_name, content, expected) => {
    expect((await importDocker(content)).said).toEqual(expected);
  });
});
