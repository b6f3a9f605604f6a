import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('each dependency has a line that says what it is for, and none has one that is not there', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Readonly<
    Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
  >;
  const rows = [...read('docs/decisions/0008-dependencies.md').matchAll(/^\| `([^`]+)` +\| (\S.*\S) +\|$/gm)];
  expect(rows.map(([, name]) => name).toSorted()).toEqual(
    [...Object.keys(dependencies), ...Object.keys(devDependencies)].toSorted(),
  );
});

test('renovate has rules about folders that are there', () => {
  const { packageRules } = JSON.parse(read('renovate.json')) as {
    readonly packageRules: readonly { readonly matchFileNames?: readonly string[] }[];
  };
  const folders = packageRules.flatMap(({ matchFileNames = [] }) =>
    matchFileNames.map((glob) => glob.replace('/**', '')),
  );
  expect(folders.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
});
