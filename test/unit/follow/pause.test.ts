import { expect, test } from '@jest/globals';
import { backOff, pauseAfter } from '../../../src/follow/pause.ts';

/** Of a timer, on a machine that has other things to do. */
const slackMs = 500;

async function millisecondsOf(pause: Promise<void>): Promise<number> {
  const began = performance.now();
  await pause;
  return performance.now() - began;
}

test.each([
  [1, 20],
  [2, 40],
  [3, 80],
  [4, 100],
  [50, 100],
])(
  'after %d failures in a row a pause of 20 ms has become one of %d ms at least, and twice that at most',
  async (failures, ms) => {
    const pause = backOff({ firstMs: 20, maxMs: 100, jitter: 1 });
    const took = await millisecondsOf(pause(failures, new AbortController().signal));
    expect(took).toBeGreaterThanOrEqual(ms - 1);
    expect(took).toBeLessThan(2 * ms + slackMs);
  },
);

test('the API server is left alone for 0.8 s after a failure', async () => {
  expect(await millisecondsOf(pauseAfter(1, new AbortController().signal))).toBeGreaterThanOrEqual(799);
});

test('a pause ends when it is told to', async () => {
  const stop = new AbortController();
  const pause = pauseAfter(50, stop.signal);
  stop.abort();
  expect(await millisecondsOf(pause)).toBeLessThan(slackMs);
});
