import { describe, expect, test } from '@jest/globals';
import type { Runtime } from '../../../src/generated/configuration.ts';
import { compileRuntimesTable } from '../../../src/shim/runtimes-table.ts';

type Expected = { readonly code: string; readonly severity: string; readonly path: readonly string[] };

const at = (code: string, severity: string, ...path: readonly string[]): Expected => ({ code, severity, path });

/** An entry, and all that is wrong with it; paths are below the entry. */
const entries: readonly (readonly [string, Runtime, readonly Expected[]])[] = [
  ['neither path nor runtimeType', {}, [at('RuntimeUnspecified', 'error')]],
  ['an empty path and an empty runtimeType', { path: '', runtimeType: '' }, [at('RuntimeUnspecified', 'error')]],
  [
    'options, but neither path nor runtimeType',
    { options: { BinaryName: 'runc' } },
    [at('RuntimeUnspecified', 'error')],
  ],
  [
    'both path and runtimeType',
    { path: '/bin/true', runtimeType: 'io.containerd.runc.v2' },
    [at('RuntimeOverspecified', 'error', 'path')],
  ],
  [
    'options with a path',
    { path: '/bin/true', options: { Root: '/run/x' } },
    [at('OptionsWithPath', 'error', 'options')],
  ],
  ['empty options with a path', { path: '/bin/true', options: {} }, []],
  [
    'runtimeArgs with a runtimeType',
    { runtimeType: 'io.containerd.runc.v2', runtimeArgs: ['--debug'] },
    [at('RuntimeArgsWithType', 'error', 'runtimeArgs')],
  ],
  ['no runtimeArgs with a runtimeType', { runtimeType: 'io.containerd.runc.v2', runtimeArgs: [] }, []],
  [
    'runtimeArgs with a path',
    { path: '/bin/true', runtimeArgs: ['--debug'] },
    [at('RuntimeArgsNotPassed', 'info', 'runtimeArgs')],
  ],
  [
    'every contradiction at once',
    { path: '/bin/true', runtimeType: 'io.containerd.runc.v2', options: { Root: '/x' }, runtimeArgs: ['-v'] },
    [
      at('RuntimeOverspecified', 'error', 'path'),
      at('OptionsWithPath', 'error', 'options'),
      at('RuntimeArgsWithType', 'error', 'runtimeArgs'),
    ],
  ],
  [
    'a runtimePath that is a name',
    { runtimeType: 'io.containerd.kata.v2', runtimePath: 'containerd-shim-kata-v2' },
    [at('RuntimePathNotAbsolute', 'error', 'runtimePath')],
  ],
  [
    'a runtimePath that is relative',
    { runtimeType: 'io.containerd.kata.v2', runtimePath: './containerd-shim-kata-v2' },
    [at('RuntimePathNotAbsolute', 'error', 'runtimePath')],
  ],
  ['an absolute runtimePath', { runtimeType: 'io.containerd.kata.v2', runtimePath: '/opt/kata/shim' }, []],
  ['an absolute runtimePath of Windows', { runtimeType: 'io.containerd.runhcs.v1', runtimePath: 'C:\\shim.exe' }, []],
  ['a shim named by path', { runtimeType: '/opt/my.shim' }, [at('ShimNamedByPath', 'info', 'runtimeType')]],
  ['a shim named by a path of Windows', { runtimeType: 'C:\\my.exe' }, [at('ShimNamedByPath', 'info', 'runtimeType')]],
  ['a shim named by relative path', { runtimeType: 'my/shim.v1' }, [at('RelativePath', 'error', 'runtimeType')]],
  ['a shim named by a path of a drive', { runtimeType: 'C:my.exe' }, [at('WindowsPath', 'error', 'runtimeType')]],
  ['a runtimeType without a dot', { runtimeType: 'kata' }, [at('MissingDot', 'error', 'runtimeType')]],
  ['a runtimeType with a leading dot', { runtimeType: '.kata.v2' }, [at('LeadingDot', 'error', 'runtimeType')]],
  [
    'a runtimeType with a control character',
    { runtimeType: 'io.kata.v2\n' },
    [at('ControlCharacter', 'error', 'runtimeType')],
  ],
  [
    'an option that runc does not know',
    { runtimeType: 'io.containerd.runc.v2', options: { Foo: 1 } },
    [at('UnknownOption', 'warning', 'options', 'Foo')],
  ],
  [
    'an option that nobody can judge',
    { runtimeType: 'io.containerd.kata.v2', options: { Foo: 1 } },
    [at('UncheckedOption', 'info', 'options', 'Foo')],
  ],
  [
    'options of a shim named by path, which are generic ones',
    { runtimeType: '/opt/my.shim', options: { BinaryName: 'x' } },
    [at('ShimNamedByPath', 'info', 'runtimeType'), at('RuncOptionForOtherShim', 'warning', 'options', 'BinaryName')],
  ],
];

describe('an entry of the runtimes table with', () => {
  test.each(entries)('%s', (_, runtime, expected) => {
    const { problems } = compileRuntimesTable({ kata: runtime });
    expect(problems.map(({ code, severity, path }) => ({ code, severity, path }))).toEqual(
      expected.map((one) => ({ ...one, path: ['runtimes', 'kata', ...one.path] })),
    );
  });

  test.each(entries)('%s is in the table unless that is an error', (_, runtime, expected) => {
    const { table } = compileRuntimesTable({ kata: runtime });
    expect(table.has('kata')).toBe(!expected.some(({ severity }) => severity === 'error'));
  });

  test.each(entries.filter(([, , expected]) => expected.length > 0))('%s is named in each message', (_, runtime) => {
    const { problems } = compileRuntimesTable({ 'my-runtime': runtime });
    const aboutEntry = problems.filter(({ path }) => path[2] !== 'options' || path.length === 3);
    for (const { statement } of aboutEntry) expect(statement).toContain('"my-runtime"');
  });
});

describe('the runtimes table', () => {
  test('keeps sound entries beside those in error', () => {
    const { table, problems } = compileRuntimesTable({ a: {}, b: { path: '/usr/bin/crun' }, c: {} });
    expect([...table.keys()]).toEqual(['b']);
    expect(problems.map(({ path }) => path[1])).toEqual(['a', 'c']);
  });

  test('says that arguments belong into a script, and for which path', () => {
    const { problems } = compileRuntimesTable({ crun: { path: '/usr/bin/crun', runtimeArgs: ['--debug'] } });
    expect(problems).toEqual([
      {
        code: 'RuntimeArgsNotPassed',
        severity: 'info',
        path: ['runtimes', 'crun', 'runtimeArgs'],
        statement: 'containerd has no place for the runtimeArgs of "crun": it calls "/usr/bin/crun" without them.',
        fix: 'Wrap path and arguments in a script on the nodes, and give the path of the script.',
      },
    ]);
  });

  test('does not change what it was made from', () => {
    const runtimes = { a: { path: '/usr/bin/crun' }, b: { runtimeType: 'a.b', options: { x: 1 } } };
    const before = structuredClone(runtimes);
    compileRuntimesTable(runtimes);
    expect(runtimes).toEqual(before);
  });
});
