import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { createMetrics } from '../../../src/webhook/metrics.ts';
import { ShedRecord } from '../../../src/webhook/shed-record.ts';

type Line = { readonly msg: string; readonly limit: string; readonly shed: number };

let lines: readonly Line[];
let record: ShedRecord;

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  const write = (line: string) => {
    lines = [...lines, JSON.parse(line) as Line];
  };
  record = new ShedRecord(createMetrics('test'), pino({}, { write }));
});

afterEach(() => {
  jest.useRealTimers();
});

/** Sheds ten requests a second for so long. */
function shedFor(ms: number): void {
  for (let passed = 0; passed < ms; passed += 100) {
    record.shedRequest('turnMs', {});
    jest.advanceTimersByTime(100);
  }
}

describe('a replica is not ready', () => {
  test('while it has shed every request for two seconds', () => {
    shedFor(2_000);
    expect(record.check.failure()).toBeUndefined();
    shedFor(200);
    expect(record.check.failure()).toBe('every request of the last 2 s was answered with 429');
  });

  test('until five seconds after the last one, since nobody asks it any more', () => {
    shedFor(3_000);
    jest.advanceTimersByTime(4_800);
    expect(record.check.failure()).toBeDefined();
    jest.advanceTimersByTime(200);
    expect(record.check.failure()).toBeUndefined();
  });

  test('but is while it answers some', () => {
    for (let second = 0; second < 5; second++) {
      shedFor(1_000);
      record.answer();
    }
    expect(record.check.failure()).toBeUndefined();
  });

  test('but is where it only ends what is half sent', () => {
    for (let second = 0; second < 5; second++) {
      record.note('connections', {});
      jest.advanceTimersByTime(1_000);
    }
    expect(record.check.failure()).toBeUndefined();
  });
});

test('one line in ten seconds tells of all that was shed', () => {
  shedFor(10_100);
  expect(lines.map(({ msg, limit, shed }) => ({ msg, limit, shed }))).toEqual([
    { msg: 'overloaded: shedding requests with 429', limit: 'turnMs', shed: 1 },
    { msg: 'overloaded: shedding requests with 429', limit: 'turnMs', shed: 100 },
  ]);
});
