import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FollowedFiles } from '../../../src/follow/followed-files.ts';

/** Longer than it takes until an event has been acted upon. */
const settledMs = 300;

let directory: string;
let file: string;
let files: FollowedFiles<string> | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shimgate-followed-'));
  file = join(directory, 'followed');
  await writeFile(file, 'x');
});

afterEach(async () => {
  files?.close();
  await rm(directory, { recursive: true });
});

/** Readings that end when the test says so, with what it says. */
class Readings {
  readonly #waiting: ((text: string) => void)[] = [];

  readonly read = (): Promise<string> =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
    });

  get count(): number {
    return this.#waiting.length;
  }

  async end(index: number, text: string): Promise<void> {
    while (this.count <= index) await sleep(10);
    this.#waiting[index]?.(text);
    await sleep(20);
  }
}

/** Files whose first reading was `first`, and what is seen of the others. */
async function watchedReadings() {
  const readings = new Readings();
  const opening = FollowedFiles.open([file], readings.read);
  await readings.end(0, 'first');
  const watched = (files = await opening);
  const seen: string[] = [];
  watched.watch(
    (text) => seen.push(text),
    () => undefined,
  );
  return { readings, watched, seen };
}

test('an older reading never wins over a newer one: there is one at a time, and one more for all that changed meanwhile', async () => {
  const { readings, watched, seen } = await watchedReadings();
  for (const text of ['a', 'b', 'c']) {
    await writeFile(file, text);
    await sleep(settledMs / 2);
  }
  expect(readings.count).toBe(2);
  await readings.end(1, 'older');
  await readings.end(2, 'newer');
  await sleep(settledMs);
  expect(readings.count).toBe(3);
  expect(seen).toEqual(['older', 'newer']);
  expect(watched.current).toBe('newer');
});

test('what has changed between opening and watching is seen', async () => {
  let text = 'before';
  files = await FollowedFiles.open([file], () => Promise.resolve(text));
  text = 'after';
  const seen = await new Promise((resolve) => files?.watch(resolve, () => undefined));
  expect(seen).toBe('after');
});

test('what is there again after it could not be used is said to be', async () => {
  let answer: () => Promise<string> = () => Promise.resolve('same');
  files = await FollowedFiles.open([file], () => answer());
  const seen: string[] = [];
  answer = () => Promise.reject(new Error('gone'));
  files.watch(
    () => seen.push('changed'),
    (reason) => seen.push(reason),
    () => seen.push('there again'),
  );
  await sleep(settledMs);
  answer = () => Promise.resolve('same');
  await writeFile(file, 'y');
  await sleep(settledMs);
  expect(seen).toEqual(['gone', 'there again']);
});

test('a reading that ends after it was closed changes nothing', async () => {
  const { readings, watched, seen } = await watchedReadings();
  watched.close();
  await readings.end(1, 'late');
  expect(seen).toEqual([]);
  expect(watched.current).toBe('first');
});
