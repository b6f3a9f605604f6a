import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSameQuantity, parseQuantity } from '../../../src/shim/quantity.ts';

const nano = 10n ** 9n;
const largest = (2n ** 63n - 1n) * nano;

/** Most of them from Kubernetes' own table: apimachinery, pkg/api/resource/quantity_test.go, TestQuantityParse. */
describe('a quantity is read as Kubernetes reads it', () => {
  test.each<readonly [string, bigint]>([
    ['0', 0n],
    ['0n', 0n],
    ['0Ki', 0n],
    ['0e3', 0n],
    ['100', 100n * nano],
    ['100.', 100n * nano],
    ['.5', nano / 2n],
    ['+1', nano],
    ['-1', -nano],
    ['001', nano],
    ['1n', 1n],
    ['1u', 1_000n],
    ['1m', 1_000_000n],
    ['250m', nano / 4n],
    ['0.1', nano / 10n],
    ['1k', 1_000n * nano],
    ['12.34k', 12_340n * nano],
    ['1M', 10n ** 6n * nano],
    ['1G', 10n ** 9n * nano],
    ['1T', 10n ** 12n * nano],
    ['1P', 10n ** 15n * nano],
    ['1E', 10n ** 18n * nano],
    ['1e3', 1_000n * nano],
    ['1E3', 1_000n * nano],
    ['1e+3', 1_000n * nano],
    ['1e-3', nano / 1_000n],
    ['1.5e1', 15n * nano],
    ['1Ki', 1_024n * nano],
    ['128Mi', 134_217_728n * nano],
    ['1.5Gi', 1_610_612_736n * nano],
    ['2Ti', 2n ** 41n * nano],
    ['2Pi', 2n ** 51n * nano],
    ['1Ei', 2n ** 60n * nano],
    // Less than a billionth is rounded away from zero.
    ['0.1n', 1n],
    ['1.1n', 2n],
    ['-0.1n', -1n],
    ['1e-999999999', 1n],
    ['0.0000000001Ki', 103n],
    // And there is a largest.
    ['9223372036854775807', largest],
    ['9223372036854775808', largest],
    ['100Ei', largest],
    ['1e999999999', largest],
    ['-100E', -largest],
    ['0e999999999', 0n],
  ])('%s', (text, expected) => {
    expect(parseQuantity(text)).toBe(expected);
  });

  test.each([
    '',
    '.',
    '+',
    '-',
    'm',
    'Ki',
    'e3',
    '1i',
    '1ki',
    '1KI',
    '1mi',
    '1K',
    '1b',
    '1Mi ',
    ' 1',
    '1 Mi',
    '1.1.1',
    '1+1',
    '1e',
    '1e3m',
    '1e3.5',
    '0x1',
    '１',
    'constructor',
    '1'.repeat(65),
  ])('or not at all: %j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test('whatever the text, and at once', () => {
    const started = performance.now();
    fc.assert(fc.property(fc.string(), (text) => ['bigint', 'undefined'].includes(typeof parseQuantity(text))));
    for (const text of ['1'.repeat(1_000_000), `1e${'9'.repeat(60)}`, `1e-${'9'.repeat(60)}`]) parseQuantity(text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('two quantities are the same', () => {
  test.each<readonly [string, string, boolean]>([
    ['100m', '0.1', true],
    ['128Mi', '134217728', true],
    ['1Gi', '1024Mi', true],
    ['1G', '1Gi', false],
    ['1', '1m', false],
    ['0', '0Ki', true],
    ['x', 'x', true],
    ['x', 'y', false],
    ['x', '0', false],
  ])('%s and %s: %j', (a, b, expected) => {
    expect(isSameQuantity(a, b)).toBe(expected);
    expect(isSameQuantity(b, a)).toBe(expected);
  });
});
