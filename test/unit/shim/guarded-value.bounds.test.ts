import { describe, expect, test } from '@jest/globals';
import { quote, quoteUnlessPlain } from '../../../src/finding/quote.ts';
import { adviceFor } from '../../../src/shim/guarded-advice.ts';
import { flawOfValue, isAllowedValue, maxJudgedLength } from '../../../src/shim/guarded-value.ts';

describe('a value of megabytes is refused by its length:', () => {
  const units = [' ', ',', './', '../', '[', '\\', 'a', '["a",', '"', '😀', '/'];
  const forms = ['path', 'paths', 'words', 'commandLine', 'list', 'text'] as const;
  const globs = ['/opt/*', 'a*b', '--x=*', '*'];

  test('nothing reads more of a text than the longest value that is judged', () => {
    const read = readLengths(() => {
      for (const form of forms) {
        for (const unit of units) {
          const value = unit.repeat(300_000);
          expect(isAllowedValue(form, value, globs)).toBe(false);
          expect(flawOfValue(form, value)).toBe('is longer than 8192 characters');
          adviceFor(form, value);
          quote(value);
          quoteUnlessPlain(value);
        }
      }
    });
    expect(read.filter((length) => length > maxJudgedLength)).toEqual([]);
  });

  test('what is as long as it may be is read a fixed number of times, however many parts it has', () => {
    for (const form of forms) {
      for (const unit of units) {
        const value = unit.repeat(maxJudgedLength).slice(0, maxJudgedLength);
        const read = readLengths(() => isAllowedValue(form, value, globs));
        const total = read.reduce((sum, length) => sum + length, 0);
        expect([form, unit, total <= 48 * maxJudgedLength]).toEqual([form, unit, true]);
      }
    }
  });

  test('one character decides', () => {
    expect(isAllowedValue('text', 'a'.repeat(8192), ['a*'])).toBe(true);
    expect(isAllowedValue('text', 'a'.repeat(8193), ['a*'])).toBe(false);
  });

  test('and no globs at all allow it, unread', () => {
    const read = readLengths(() => {
      expect(isAllowedValue('words', ' '.repeat(3_000_000), [])).toBe(true);
    });
    expect(read).toEqual([]);
  });
});

/** How long the texts were that anything which reads a text to its end was given, while a piece of work was done. */
function readLengths(work: () => void): readonly number[] {
  const lengths: number[] = [];
  const note = (text: unknown) => {
    if (typeof text === 'string') lengths.push(text.length);
  };
  const spies = [
    ...(['split', 'match', 'replace', 'replaceAll', 'toWellFormed'] as const).map((name) =>
      watch(String.prototype, name),
    ),
    watch(RegExp.prototype, 'test'),
    watch(JSON, 'parse'),
    watch(JSON, 'stringify'),
    watch(Array, 'from'),
    // One character each time.
    watch(String.prototype, 'codePointAt'),
  ];
  try {
    work();
  } finally {
    for (const restore of spies) restore();
  }
  return lengths;

  function watch<T extends object>(owner: T, name: keyof T & string): () => void {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    const original: unknown = descriptor?.value;
    if (descriptor === undefined || typeof original !== 'function') throw new Error(`${name} is no method`);
    const noted = function (this: unknown, ...given: readonly unknown[]): unknown {
      note(name === 'codePointAt' ? '1' : typeof this === 'string' ? this : given[0]);
      return Reflect.apply(original, this, given);
    };
    Object.defineProperty(owner, name, { ...descriptor, value: noted });
    return () => {
      Object.defineProperty(owner, name, descriptor);
    };
  }
}
