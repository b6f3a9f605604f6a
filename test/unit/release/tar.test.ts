import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { packTar } from '../../../scripts/release/tar.ts';
import { directoryForTests } from '../../support/directory-for-tests.ts';

const directory = directoryForTests();
const long = `${'folder/'.repeat(20)}file`;
const entries = [
  { name: 'run', content: '#!/bin/sh\n', isExecutable: true },
  { name: 'b/empty', content: '' },
  { name: long, content: 'x'.repeat(513) },
];

test('packs what tar unpacks: names, contents and who may run it', () => {
  const file = join(directory, 'a.tar');
  writeFileSync(file, packTar(entries));
  execFileSync('tar', ['-xf', file, '-C', directory]);
  const listed = execFileSync('tar', ['--numeric-owner', '-tvf', file], {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC' },
  });
  expect(
    listed
      .trim()
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' ')),
  ).toEqual([
    '-rw-r--r-- 0/0 0 1980-01-01 00:00 b/empty',
    `-rw-r--r-- 0/0 513 1980-01-01 00:00 ${long}`,
    '-rwxr-xr-x 0/0 10 1980-01-01 00:00 run',
  ]);
  expect(execFileSync('cat', [join(directory, long)], { encoding: 'utf8' })).toBe('x'.repeat(513));
});

test('packs the same bytes in whatever order it is given files', () => {
  expect(packTar(entries.toReversed())).toEqual(packTar(entries));
});

test.each([['a'.repeat(101)], ['ü'], [`${'a'.repeat(160)}/b`]])('refuses a name that it cannot have: %s', (name) => {
  expect(() => packTar([{ name, content: '' }])).toThrow('cannot have a file named');
});
