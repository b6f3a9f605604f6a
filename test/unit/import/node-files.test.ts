import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeFiles } from '../../../src/import/node-files.ts';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';

let directory: string;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await mkdir(join(directory, 'node/etc/conf.d/sub'), { recursive: true });
  for (const name of ['b.toml', 'a.toml', 'B.toml', '.hidden.toml', '10.toml', '9.toml', 'x.txt', 'é.toml'])
    await writeFile(join(directory, 'node/etc/conf.d', name), name);
  await writeFile(join(directory, 'outside.toml'), 'secret');
  await writeFile(join(directory, 'node/etc/full'), 'x'.repeat(1024 * 1024));
  await writeFile(join(directory, 'node/etc/large'), 'x'.repeat(1024 * 1024 + 1));
  await symlink('conf.d/a.toml', join(directory, 'node/etc/inside'));
  await symlink('../../outside.toml', join(directory, 'node/etc/outside'));
  await symlink(directory, join(directory, 'node/etc/away'));
  await symlink('/store', join(directory, 'node/etc/drop-ins'));
  await symlink('../../../store/b.toml', join(directory, 'node/etc/above'));
  await symlink('/etc/drop-ins/b.toml', join(directory, 'node/etc/by-another'));
  await mkdir(join(directory, 'node/store'));
  await writeFile(join(directory, 'node/store/b.toml'), 'b.toml');
  await symlink('circle', join(directory, 'node/etc/circle'));
  execFileSync('mkfifo', [join(directory, 'node/etc/pipe')]);
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const node = () => nodeFiles(join(directory, 'node'));

describe("a file below a node's root", () => {
  test.each([
    ['is read', '/etc/conf.d/a.toml', 'a.toml'],
    ['is read through a symbolic link', '/etc/inside', 'a.toml'],
    ['is read below an absolute link, which begins at the root again', '/etc/drop-ins/b.toml', 'b.toml'],
    ['is read through a link that would lead above the root', '/etc/above', 'b.toml'],
    ['is read through one link after the other', '/etc/by-another', 'b.toml'],
  ])('%s', async (_name, path, text) => {
    const reading = await node().read(path);
    expect(reading.kind === 'bytes' && reading.bytes.toString()).toBe(text);
  });

  test('is read up to 1 MiB', async () => {
    const reading = await node().read('/etc/full');
    expect(reading.kind === 'bytes' && reading.bytes.length).toBe(1024 * 1024);
  });

  test.each([
    ['is missing', '/etc/nosuch', { kind: 'missing' }],
    ['is missing below a file', '/etc/full/x', { kind: 'missing' }],
    ['is missing where .. would lead out', '/../outside.toml', { kind: 'missing' }],
    ['is a directory', '/etc/conf.d', { kind: 'unreadable', reason: 'is no regular file' }],
    ['is a pipe, on which nobody waits', '/etc/pipe', { kind: 'unreadable', reason: 'is no regular file' }],
    ['is too large', '/etc/large', { kind: 'unreadable', reason: 'is larger than 1 MiB' }],
    ['is a link to itself', '/etc/circle', { kind: 'unreadable', reason: 'is a symbolic link without end' }],
  ])('%s', async (_name, path, expected) => {
    expect(await node().read(path)).toEqual(expected);
  });

  test.each(['/etc/outside', '/etc/away/outside.toml'])(
    'is not read where a symbolic link leads out: %s',
    async (path) => {
      expect(await node().read(path)).toEqual({
        kind: 'unreadable',
        reason: expect.stringContaining('by a symbolic link'),
      });
    },
  );
});

describe("patterns are Go's", () => {
  test.each<[string, readonly string[] | undefined]>([
    ['/etc/conf.d/*.toml', ['.hidden.toml', '10.toml', '9.toml', 'B.toml', 'a.toml', 'b.toml', 'é.toml']],
    ['/etc/conf.d/[ab].toml', ['a.toml', 'b.toml']],
    ['/etc/*.d/9.toml', ['9.toml']],
    ['/etc/conf.*/a.toml', ['a.toml']],
    ['/etc/*.d/nosuch', []],
    ['/etc/away/*.toml', []],
    ['/nosuch/*/x', []],
    ['/etc/full/*', []],
    ['/etc/conf.d/[', undefined],
  ])('%s', async (pattern, names) => {
    expect((await node().glob(pattern))?.paths).toEqual(names?.map((name) => `/etc/conf.d/${name}`));
  });

  test('and find what is below an absolute link that begins at the root again', async () => {
    expect((await node().glob('/etc/drop-ins/*.toml'))?.paths).toEqual(['/etc/drop-ins/b.toml']);
  });
});
