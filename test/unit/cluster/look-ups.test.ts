import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LookUps, TooManyLookUps } from '../../../src/cluster/look-ups.ts';

const isAbsence = (answer: string) => answer === 'absent';

let lookUps: LookUps<string>;
let asked: string[];

beforeEach(() => {
  jest.useFakeTimers();
  lookUps = new LookUps({ atATime: 2, rememberMs: 1_000 });
  asked = [];
});

afterEach(() => {
  jest.useRealTimers();
});

function find(key: string, answer: string | Promise<string>): Promise<string> {
  const ask = () => {
    asked.push(key);
    return Promise.resolve(answer);
  };
  return lookUps.find(key, ask, isAbsence);
}

const never = new Promise<string>(() => undefined);

describe('look-ups', () => {
  test('are shared by who asks the same at the same time', async () => {
    expect(await Promise.all([find('a', 'x'), find('a', 'y')])).toEqual(['x', 'x']);
    expect(await find('a', 'y')).toBe('y');
    expect(asked).toEqual(['a', 'a']);
  });

  test('are few at a time', async () => {
    void find('a', never);
    void find('b', never);
    await expect(find('c', 'x')).rejects.toThrow(TooManyLookUps);
    expect(asked).toEqual(['a', 'b']);
  });

  test('make room for others when they end, also where they fail', async () => {
    void find('a', never);
    await expect(find('b', Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await find('c', 'x')).toBe('x');
  });

  test('remember for a second what is not there, and nothing else', async () => {
    await find('a', 'absent');
    await find('b', 'found');
    expect(await find('a', 'found')).toBe('absent');
    expect(await find('b', 'other')).toBe('other');
    jest.advanceTimersByTime(1_000);
    expect(await find('a', 'found')).toBe('found');
    expect(asked).toEqual(['a', 'b', 'b', 'a']);
  });

  test('remember no more than a thousand, the latest', async () => {
    for (let index = 0; index <= 1_000; index++) await find(String(index), 'absent');
    expect(await find('0', 'found')).toBe('found');
    expect(await find('1000', 'found')).toBe('absent');
  });
});
