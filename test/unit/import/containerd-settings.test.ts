import { describe, expect, test } from '@jest/globals';
import { knownVersions, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';
import { ofVersionThree, ofVersionTwo } from './settings-by-version.ts';

const directory = directoryForTests();

/** Codes by version, `-` where nothing is said; infos are left out. */
async function saidBy(text: string, versions: readonly ContainerdVersion[]): Promise<Readonly<Record<string, string>>> {
  const node = await layFiles(directory, { m: text });
  const answers: Record<string, string> = {};
  for (const version of versions) {
    const { result } = await importFiles(node, ['m'], version);
    const told = result.findings.filter(({ severity }) => severity !== 'info');
    answers[version] = told.map(({ severity, code }) => `${severity} ${code}`).join(', ') || '-';
  }
  return answers;
}

describe('what a setting does, by the version of containerd:', () => {
  test.each(ofVersionTwo)('%s', async (_name, text, expected) => {
    expect(await saidBy(text, knownVersions)).toEqual(expected);
  });

  test.each(ofVersionThree)('%s (version 3)', async (_name, text, v20, v21, v23) => {
    expect(await saidBy(text, knownVersions.slice(2))).toEqual({
      '2.0': v20,
      '2.1': v21,
      '2.2': v21,
      '2.3': v23,
      '2.4': v23,
    });
  });
});
