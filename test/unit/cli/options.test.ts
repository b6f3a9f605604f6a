import { describe, expect, test } from '@jest/globals';
import { readDuration } from '../../../src/cli/options.ts';

describe('a duration', () => {
  test.each([
    ['0s', 0],
    ['10s', 10_000],
    ['250ms', 250],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['2160h', 7_776_000_000],
  ])('%s is %d ms', (text, ms) => {
    expect(readDuration(text)).toBe(ms);
  });

  test.each(['', '10', 's', '-1s', '10 s', '10s ', '1d', '10sx', 'x10s', '1e3s'])('"%s" is none', (text) => {
    expect(() => readDuration(text)).toThrow('It must be a duration');
  });
});
