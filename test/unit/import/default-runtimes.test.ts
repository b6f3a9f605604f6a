import { expect, test } from '@jest/globals';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';
import { runcOptions } from './runc-options.ts';

const directory = directoryForTests();

/** As `config default` and `config dump` of each print them. */
test.each<[ContainerdVersion, object]>([
  ['1.6', { ...runcOptions, CriuPath: '', NoPivotRoot: false }],
  ['1.7', { ...runcOptions, CriuPath: '', NoPivotRoot: false }],
  ['2.0', runcOptions],
  ['2.4', runcOptions],
])(
  'runc of containerd %s has the options that its defaults have, without a word in a file',
  async (version, expected) => {
    const { result, said } = await importFiles(await layFiles(directory, { m: 'version = 2\n' }), ['m'], version);
    expect(Object.fromEntries(result.runtimes)).toEqual({
      runc: { runtimeType: 'io.containerd.runc.v2', options: expected, podAnnotations: [] },
    });
    expect(said).toEqual([]);
  },
);
