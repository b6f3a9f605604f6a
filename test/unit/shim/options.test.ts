import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/shim/json-value.ts';
import { judgeOptions } from '../../../src/shim/options.ts';

const runc = 'io.containerd.runc.v2';
const runhcs = 'io.containerd.runhcs.v1';
const kata = 'io.containerd.kata.v2';

const fine: readonly (readonly [string, string, JsonObject])[] = [
  ['no options', runc, {}],
  [
    "every option of runc's shim",
    runc,
    {
      BinaryName: '/usr/bin/crun',
      Root: '/run/containerd/runc',
      SystemdCgroup: true,
      NoPivotRoot: false,
      NoNewKeyring: false,
      ShimCgroup: '/shims',
      IoUid: 0,
      IoGid: 0,
      CriuPath: '/usr/sbin/criu',
      CriuImagePath: '/var/criu',
      CriuWorkPath: '/var/criu',
      TaskApiAddress: 'unix:///run/task.sock',
      TaskApiVersion: 3,
    },
  ],
  [
    "options of runc's shim in other letter case, as TOML takes them",
    runc,
    { binaryname: 'crun', SYSTEMDCGROUP: true },
  ],
  [
    'options of the shim of Windows',
    runhcs,
    { Debug: true, SandboxIsolation: 1, SandboxImage: 'pause', DefaultContainerAnnotations: { a: 'b' } },
  ],
  ['options of Windows in other letter case', runhcs, { gpuvhdpath: 'C:\\gpu', defaultcontainerannotations: {} }],
  ['the generic options', kata, { TypeUrl: 'io.containerd.kata.v2.options', ConfigPath: '/etc/kata.toml' }],
  ['a generic option in other letter case', kata, { configpath: '/etc/kata.toml' }],
  ['a configuration body', kata, { ConfigBody: 'a = 1' }],
];

/** Options, and what is wrong with them: code, severity and option. */
const faulty: readonly (readonly [string, string, JsonObject, readonly string[]])[] = [
  ["an unknown option of runc's shim", runc, { Foo: 'x' }, ['UnknownOption warning Foo']],
  ["a generic option for runc's shim", runc, { ConfigPath: '/x' }, ['UnknownOption warning ConfigPath']],
  ['an unknown option of Windows', runhcs, { BinaryName: 'x' }, ['UnknownOption warning BinaryName']],
  ['a boolean in quotes', runc, { SystemdCgroup: 'true' }, ['WrongOptionType warning SystemdCgroup']],
  ['a string that is a number', runc, { Root: 1 }, ['WrongOptionType warning Root']],
  ['an integer in quotes', runc, { IoUid: '0' }, ['WrongOptionType warning IoUid']],
  ['an integer with a fraction', runc, { IoUid: 1.5 }, ['WrongOptionType warning IoUid']],
  ['nothing', runc, { BinaryName: null }, ['WrongOptionType warning BinaryName']],
  ['a list', runc, { BinaryName: ['runc'] }, ['WrongOptionType warning BinaryName']],
  ['a map', runc, { BinaryName: {} }, ['WrongOptionType warning BinaryName']],
  ['a wrong type under a key in other letter case', runc, { binaryNAME: 1 }, ['WrongOptionType warning binaryNAME']],
  [
    'a list in place of a map of strings',
    runhcs,
    { DefaultContainerAnnotations: ['a'] },
    ['WrongOptionType warning DefaultContainerAnnotations'],
  ],
  [
    'a map of other things than strings',
    runhcs,
    { DefaultContainerAnnotations: { a: 1 } },
    ['WrongOptionType warning DefaultContainerAnnotations'],
  ],
  ['an option of their own for other shims', kata, { Foo: 'x' }, ['UncheckedOption info Foo']],
  [
    'another option beside ConfigPath',
    kata,
    { Foo: 'x', ConfigPath: '/x', ConfigBody: '' },
    ['DroppedOption warning Foo'],
  ],
  [
    'another option beside ConfigPath in other letter case',
    kata,
    { configPATH: '/x', BinaryName: 'x' },
    ['DroppedOption warning BinaryName'],
  ],
  ['another option beside an empty ConfigPath', kata, { ConfigPath: '', Foo: 1 }, ['UncheckedOption info Foo']],
  [
    'another option beside a ConfigPath that is no string',
    kata,
    { ConfigPath: 1, Foo: 1 },
    ['WrongOptionType warning ConfigPath', 'UncheckedOption info Foo'],
  ],
  ["runc's BinaryName for another shim", kata, { BinaryName: 'x' }, ['RuncOptionForOtherShim warning BinaryName']],
  [
    "runc's BinaryName in other letter case for another shim",
    kata,
    { binaryName: 'x' },
    ['RuncOptionForOtherShim warning binaryName'],
  ],
  ['a generic option of the wrong type', kata, { TypeUrl: true }, ['WrongOptionType warning TypeUrl']],
  [
    'several at once',
    runc,
    { Foo: 1, Root: 1, BinaryName: 'x' },
    ['UnknownOption warning Foo', 'WrongOptionType warning Root'],
  ],
  ['names of Object.prototype', runc, { constructor: 'x' }, ['UnknownOption warning constructor']],
];

describe('options are judged by the shim that they go to:', () => {
  test.each(fine)('%s are fine (%s)', (_, runtimeType, options) => {
    expect(judgeOptions(runtimeType, options)).toEqual([]);
  });

  test.each(faulty)('%s (%s)', (_, runtimeType, options, expected) => {
    const problems = judgeOptions(runtimeType, options);
    expect(problems.map(({ code, severity, path }) => `${code} ${severity} ${path.join('.')}`)).toEqual(expected);
  });

  test.each(faulty)('%s: every message names the option and the shim (%s)', (_, runtimeType, options) => {
    for (const { statement: message, path } of judgeOptions(runtimeType, options)) {
      expect(message).toContain(String(path[0]));
      expect(message).toContain(runtimeType);
    }
  });

  test("the shims of 1.x get options of their own: runc's first one those of the second", () => {
    expect(judgeOptions('io.containerd.runc.v1', { Root: '/x', BinaryName: '/usr/bin/crun' })).toEqual([]);
    expect(judgeOptions('io.containerd.runc.v1', { Foo: '/x' }).map(({ code }) => code)).toEqual(['UnknownOption']);
    expect(judgeOptions('io.containerd.runtime.v1.linux', { Runtime: '/usr/bin/crun' })).toEqual([]);
  });

  test("an unknown option of runc's shim is told which ones there are", () => {
    expect(judgeOptions(runc, { Unheard: 1 })).toEqual([
      {
        code: 'UnknownOption',
        severity: 'warning',
        path: ['Unheard'],
        statement:
          'io.containerd.runc.v2 has no option "Unheard", and containerd drops it; it has BinaryName, Root, SystemdCgroup, NoPivotRoot, NoNewKeyring, ShimCgroup, IoUid, IoGid, CriuPath, CriuImagePath, CriuWorkPath, TaskApiAddress, TaskApiVersion.',
        fix: 'Correct its spelling, or remove it.',
      },
    ]);
  });

  test.each([
    [runc, 'BinryName', 'Did you mean BinaryName?'],
    [runc, 'systemd_cgroup', 'Did you mean SystemdCgroup?'],
    [runhcs, 'VmProcesorCount', 'Did you mean VmProcessorCount?'],
    [runhcs, 'BinaryName', 'Correct its spelling, or remove it.'],
  ])('a misspelt option of %s is told what was probably meant: %s', (runtimeType, option, fix) => {
    expect(judgeOptions(runtimeType, { [option]: 'x' }).map((one) => one.fix)).toEqual([fix]);
  });
});
