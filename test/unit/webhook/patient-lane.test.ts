import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { PatientLane } from '../../../src/webhook/patient-lane.ts';

/** Keeps the thread busy, as parsing does. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('work that takes long has at most a quarter of the time, in the order in which it came', async () => {
  const lane = new PatientLane();
  const done: { readonly name: string; readonly at: number }[] = [];
  const began = performance.now();
  for (const name of ['first', 'second', 'third']) {
    lane.do(() => {
      work(20);
      done.push({ name, at: performance.now() - began });
    });
  }
  expect(done.map(({ name }) => name)).toEqual(['first']);
  while (done.length < 3) await sleep(5);
  expect(done.map(({ name }) => name)).toEqual(['first', 'second', 'third']);
  expect(done[1]?.at).toBeGreaterThanOrEqual(20 + 3 * 20 + 20 - 2);
  expect(done[2]?.at).toBeGreaterThanOrEqual(2 * (20 + 3 * 20) + 20 - 2);
});
