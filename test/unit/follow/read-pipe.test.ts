import { execFileSync, spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { streamPipe } from '../../../src/follow/read-pipe.ts';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';
import { program, run, runShimgate } from '../cli/run-shimgate.ts';

let directory: string;
let pipe: string;

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await mkdir(join(directory, 'folder'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

beforeEach(async () => {
  pipe = join(directory, 'folder', 'pipe.yaml');
  await rm(pipe, { force: true });
  execFileSync('mkfifo', [pipe]);
});

const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {runtimeClassName: nosuch}\n';

/** Writes to the pipe, from a program of its own, so that nobody here waits for a reader. */
function write(script: string): void {
  spawn('bash', ['-c', script], { env: { ...process.env, PIPE: pipe, POD: pod }, stdio: 'ignore' });
}

describe('a pipe is read to its end', () => {
  test('where its writer comes later, and takes its time', async () => {
    write('sleep 0.2; { printf a; sleep 0.2; printf b; } > "$PIPE"');
    expect(await text(streamPipe(pipe, undefined))).toBe('ab');
  });

  test('where it has more than a pipe holds', async () => {
    write('head -c 3000000 /dev/zero > "$PIPE"');
    expect(await buffer(streamPipe(pipe, undefined))).toHaveLength(3_000_000);
  });

  test('and the wait for a writer who never comes can be ended', async () => {
    const interruption = new AbortController();
    void sleep(100).then(() => {
      interruption.abort();
    });
    expect(await text(streamPipe(pipe, interruption.signal))).toBe('');
  });
});

describe('what a shell gives as <(command) is read', () => {
  const inShell = (script: string) =>
    run('bash', [
      '-c',
      `POD=${JSON.stringify(pod).replaceAll('\\n', '\n')}; ${script}`,
      'bash',
      process.execPath,
      program,
    ]);

  test.each([
    ['by review -f', '"$1" "$2" review -f <(printf "%s" "$POD")', 1, 'RuntimeClassNotFound'],
    ['by review --objects', '"$1" "$2" review -f - --objects <(printf "%s" "$POD") <<< "$POD"', 1, '1 object reviewed'],
    ['by audit --objects', '"$1" "$2" audit --objects <(printf "%s" "$POD")', 1, 'RuntimeClassNotFound'],
    ['and is empty where the command failed', '"$1" "$2" audit --objects <(false)', 2, 'There are no objects here.'],
  ])('%s', async (_name, script, code, said) => {
    const ended = await inShell(script);
    expect({ code: ended.code, output: ended.stdout + ended.stderr }).toEqual({
      code,
      output: expect.stringContaining(said),
    });
  });
});

test('a pipe that a directory has is not waited for', async () => {
  const { code, stderr } = await runShimgate(['review', '-f', join(directory, 'folder')]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('is no regular file')]);
});
