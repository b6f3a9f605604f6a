import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CurrentConfiguration } from '../../../src/config/current-configuration.ts';

const start = new Date('2026-01-01T00:00:00Z').getTime();
const minuteMs = 60_000;

function configured(mode: string): Uint8Array {
  return Buffer.from(`apiVersion: config.shimgate.dev/v1alpha1\nkind: ShimgateConfiguration\nmode: ${mode}\n`);
}

beforeEach(() => {
  jest.useFakeTimers({ now: start });
});

afterEach(() => {
  jest.useRealTimers();
});

function modes(held: CurrentConfiguration) {
  return { current: held.current?.mode, recent: held.recent.map(({ mode }) => mode) };
}

describe('the configuration in force', () => {
  test('is none before the first valid one', () => {
    const held = new CurrentConfiguration('shimgate.yaml');
    expect(modes(held)).toEqual({ current: undefined, recent: [] });
    expect(held.offer(configured('warm'))?.result).toBe('failure');
    expect(modes(held)).toEqual({ current: undefined, recent: [] });
    expect(held.offer(configured('warn'))).toEqual({ result: 'success', findings: [] });
    expect(modes(held)).toEqual({ current: 'warn', recent: [] });
  });

  test('stays where another is invalid, which is told with file and line', () => {
    const held = new CurrentConfiguration('shimgate/configuration');
    held.offer(configured('warn'));
    const reload = held.offer(configured('warm'));
    expect(reload?.result).toBe('failure');
    expect(reload?.findings.map(({ source, field }) => ({ ...source, field }))).toEqual([
      { file: 'shimgate/configuration', line: 3, column: 7, field: 'mode' },
    ]);
    expect(modes(held)).toEqual({ current: 'warn', recent: [] });
  });

  test('stays where its text is lost, which is told once', () => {
    const held = new CurrentConfiguration('shimgate.yaml');
    held.offer(configured('warn'));
    expect(held.lose('no such file')).toEqual({ result: 'failure', findings: [], error: 'no such file' });
    expect(held.lose('no such file')).toBeUndefined();
    expect(modes(held)).toEqual({ current: 'warn', recent: [] });
    expect(held.offer(configured('warn'))?.result).toBe('success');
  });

  test('is not read again where its text did not change, valid or not', () => {
    const held = new CurrentConfiguration('shimgate.yaml');
    held.offer(configured('warn'));
    const before = held.current;
    expect(held.offer(configured('warn'))).toBeUndefined();
    expect(held.current).toBe(before);
    held.offer(configured('warm'));
    expect(held.offer(configured('warm'))).toBeUndefined();
  });

  test('may change in bytes that are no text', () => {
    const held = new CurrentConfiguration('shimgate.yaml');
    held.offer(configured('warn'));
    expect(held.offer(Buffer.from([0xc3]))?.result).toBe('failure');
    expect(held.offer(Buffer.from([0xc4]))?.result).toBe('failure');
  });
});

describe('the configurations just before it', () => {
  test('are kept, newest first, for five minutes after each was replaced', () => {
    const held = new CurrentConfiguration('shimgate.yaml');
    held.offer(configured('enforce'));
    jest.setSystemTime(start + 10 * minuteMs);
    held.offer(configured('warn'));
    jest.setSystemTime(start + 12 * minuteMs);
    held.offer(configured('audit'));
    expect(modes(held)).toEqual({ current: 'audit', recent: ['warn', 'enforce'] });

    jest.setSystemTime(start + 15 * minuteMs);
    expect(modes(held)).toEqual({ current: 'audit', recent: ['warn', 'enforce'] });
    jest.setSystemTime(start + 15 * minuteMs + 1);
    expect(modes(held)).toEqual({ current: 'audit', recent: ['warn'] });
    jest.setSystemTime(start + 17 * minuteMs + 1);
    expect(modes(held)).toEqual({ current: 'audit', recent: [] });
  });

  test('do not hold one that was refused', () => {
    const held = new CurrentConfiguration('shimgate.yaml');
    held.offer(configured('enforce'));
    held.offer(configured('warm'));
    held.offer(configured('warn'));
    expect(modes(held)).toEqual({ current: 'warn', recent: ['enforce'] });
  });
});
