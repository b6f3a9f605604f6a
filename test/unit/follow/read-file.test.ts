import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readBoundedFile, readBoundedFileSync, streamFile, UnfitFileError } from '../../../src/follow/read-file.ts';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';

let directory: string;
const maxBytes = 1024 * 1024;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await writeFile(join(directory, 'empty'), '');
  await writeFile(join(directory, 'full'), 'x'.repeat(maxBytes));
  await writeFile(join(directory, 'large'), 'x'.repeat(maxBytes + 1));
  await symlink('full', join(directory, 'link'));
  await mkdir(join(directory, 'directory'));
  execFileSync('mkfifo', [join(directory, 'pipe')]);
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** Both ways to read a file as a whole: they refuse alike. */
const readers: readonly [string, (file: string) => Promise<Buffer>][] = [
  ['later', (file) => readBoundedFile(file, maxBytes)],
  ['at once', (file) => Promise.resolve().then(() => readBoundedFileSync(file, maxBytes))],
];

describe.each(readers)('a file that is read %s', (_name, read) => {
  test.each([
    ['empty', 0],
    ['full', maxBytes],
    ['link', maxBytes],
  ])('is read whole: %s', async (file, size) => {
    expect((await read(join(directory, file))).length).toBe(size);
  });

  test('is read whole though its size is said to be none', async () => {
    expect((await read('/proc/self/status')).toString()).toContain('Pid:');
  });

  test.each([
    ['pipe', 'is no regular file'],
    ['directory', 'is no regular file'],
    ['large', 'is larger than 1 MiB'],
  ])('is refused: %s', async (file, reason) => {
    await expect(read(join(directory, file))).rejects.toThrow(new UnfitFileError(join(directory, file), reason));
  });

  test('is refused where it is a device', async () => {
    await expect(read('/dev/zero')).rejects.toThrow('/dev/zero is no regular file');
  });

  test('that is missing says so in the words of the system', async () => {
    await expect(read(join(directory, 'nosuch'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a file that is streamed', () => {
  test('comes whole, whatever its size', async () => {
    expect((await buffer(streamFile(join(directory, 'large')))).length).toBe(maxBytes + 1);
  });

  test('ends where it ended when it was opened, though it grows', async () => {
    const file = join(directory, 'growing');
    await writeFile(file, 'x'.repeat(maxBytes));
    let length = 0;
    for await (const chunk of streamFile(file)) {
      length += chunk.length;
      await writeFile(file, 'y'.repeat(1000), { flag: 'a' });
    }
    expect(length).toBe(maxBytes);
  });

  test.each(['pipe', 'directory'])('is refused: %s', async (file) => {
    await expect(buffer(streamFile(join(directory, file)))).rejects.toThrow('is no regular file');
  });
});
