import { expect, test } from '@jest/globals';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

const options = {
  BinaryName: '',
  CriuImagePath: '',
  CriuWorkPath: '',
  IoGid: 0,
  IoUid: 0,
  NoNewKeyring: false,
  Root: '',
  ShimCgroup: '',
  SystemdCgroup: false,
};

/** As `config default` and `config dump` of each print them. */
test.each<[ContainerdVersion, object]>([
  ['1.6', { ...options, CriuPath: '', NoPivotRoot: false }],
  ['1.7', { ...options, CriuPath: '', NoPivotRoot: false }],
  ['2.0', options],
  ['2.4', options],
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
