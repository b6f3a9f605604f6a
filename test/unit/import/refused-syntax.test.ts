import { describe, expect, test } from '@jest/globals';
import { knownVersions } from '../../../src/shim/containerd-version.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { importFiles, layFiles } from './lay-files.ts';

const directory = directoryForTests();

/** The versions whose `containerd config dump` refused the file when it was run. */
const refused: readonly (readonly [string, string, readonly string[]])[] = [
  ['an inline table across lines', 'grpc = {\n address = "/a"\n}', ['2.0', '2.1', '2.2', '2.3']],
  ['one that goes on after a comma', 'grpc = { address = "/a",\n uid = 1 }', ['2.0', '2.1', '2.2', '2.3']],
  ['one with a comment', 'grpc = { address = "/a" # ,\n}', ['2.0', '2.1', '2.2', '2.3']],
  ['one in a list', 'a = [{ b = 1,\n c = 2 }]', ['2.0', '2.1', '2.2', '2.3']],
  ['one in another', 'plugins = { "io.containerd.a.v1.b" = {\n a = 1 } }', ['2.0', '2.1', '2.2', '2.3']],
  ['an empty one across lines', 'grpc = {\n}', ['2.0', '2.1', '2.2', '2.3']],
  ['a comma after its last key', 'grpc = { address = "/a", }', ['1.6', '1.7', '2.0', '2.1', '2.2', '2.3']],
  ['the escape \\x', 'root = "\\x41"', ['1.6', '1.7', '2.0', '2.1', '2.2', '2.3']],
  ['the escape \\x in a string across lines', 'root = """\\x41"""', ['1.6', '1.7', '2.0', '2.1', '2.2', '2.3']],
  ['the escape \\x in a key', '"\\x41" = 1', ['1.6', '1.7', '2.0', '2.1', '2.2', '2.3']],
  ['the escape \\e', 'root = "\\e"', ['1.6', '1.7']],
  ['a list across lines in an inline table', 'a = { b = { c = [\n"x",\n] } }', []],
  ['a string across lines in an inline table', 'grpc = { address = """\na""" }', []],
  ['an escaped backslash before x and e', 'root = "\\\\x41\\\\e"', []],
  ['a literal string with a backslash', "root = '\\x41, {\\e'", []],
  ['an empty inline table', 'a = { }', []],
];

describe('import says which containerd does not start with', () => {
  test.each(refused)('%s', async (_, text, versions) => {
    const node = await layFiles(directory, { m: `version = 2\ndisabled_plugins = []\n${text}\n` });
    const refusing = [];
    for (const version of knownVersions) {
      const { said } = await importFiles(node, ['m'], version);
      expect(said.filter((one) => one.endsWith('UnreadableFile'))).toEqual([]);
      if (said.some((one) => one.endsWith('ContainerdRefuses'))) refusing.push(version);
    }
    expect(refusing).toEqual(versions);
  });

  test('where the version is not known, as a warning that names those versions', async () => {
    const node = await layFiles(directory, { m: 'version = 3\nroot = "/x"\ngrpc = { uid = 1,\n gid = 1, }\n' });
    const { result } = await importFiles(node, ['m']);
    expect(result.findings).toMatchObject([
      {
        severity: 'warning',
        source: { line: 3, column: 8 },
        statement: 'containerd 2.0 to 2.3 do not start with this file: an inline table goes across lines.',
      },
      {
        severity: 'warning',
        statement: 'containerd 2.0 to 2.3 do not start with this file: an inline table has a comma after its last key.',
      },
    ]);
  });
});
