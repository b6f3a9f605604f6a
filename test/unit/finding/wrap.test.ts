import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { wrap } from '../../../src/finding/wrap.ts';

describe('a text is wrapped', () => {
  test.each([
    ['at the last space that fits', 'aa bb cc', 5, '', 'aa bb\ncc'],
    ['with the indentation counted', 'aa bb cc', 6, '  ', '  aa\n  bb\n  cc'],
    ['around a word that is too long', 'a bbbbbbbb c', 4, '', 'a\nbbbbbbbb\nc'],
    ['not at all where it is empty', '', 10, '  ', '  '],
  ])('%s', (_, text, width, indentation, expected) => {
    expect(wrap(text, width, indentation)).toBe(expected);
  });

  test('without losing a word, in lines that are too long only where one word is', () => {
    const words = fc.array(fc.stringMatching(/^\S{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 40 }), (given, width) => {
        const lines = wrap(given.join(' '), width).split('\n');
        expect(lines.join(' ')).toBe(given.join(' '));
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
      }),
    );
  });
});
