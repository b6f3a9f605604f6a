import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toJson, valueAt, type Place } from '../../../src/text/located-value.ts';
import { parseJson } from '../../../src/text/parse-json.ts';
import { TextSyntaxError } from '../../../src/text/text-syntax-error.ts';

const read = (text: string) => toJson(parseJson(text, 'f'), () => undefined);

test('JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'grapheme' }), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
      const value: unknown = JSON.parse(text);
      expect(read(JSON.stringify(value, null, indent))).toEqual(value);
    }),
  );
});

test('what JSON.parse refuses is refused, and nothing else', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '1',
    '-7',
    '01',
    '.5',
    '1e-3',
    'true',
    'nul',
    'null',
    ' ',
    '\n',
    '"\\x"',
    '"\t"',
    '//',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      let expected: unknown;
      let isRefused = false;
      try {
        expected = JSON.parse(text);
      } catch {
        isRefused = true;
      }
      if (isRefused) expect(() => read(text)).toThrow(TextSyntaxError);
      else expect(read(text)).toEqual(expected);
    }),
    { numRuns: 5000 },
  );
});

test('of a key that is written twice, the later one counts', () => {
  expect(read('{"a": 1, "b": 2, "a": 3}')).toEqual({ a: 3, b: 2 });
});

test('a value knows where its key stands', () => {
  const value = parseJson('{\n  "a": {"b": [1,\n 2]}}', 'f');
  expect(valueAt(value, 'a')?.at).toEqual({ file: 'f', line: 2, column: 3 });
  expect(valueAt(value, 'a', 'b')?.at).toEqual({ file: 'f', line: 2, column: 9 });
  const list = valueAt(value, 'a', 'b');
  expect(list?.kind === 'array' && list.items[1]?.at).toEqual({ file: 'f', line: 3, column: 2 });
});

describe('a mistake has its place, and shows nothing of the text', () => {
  test.each<[string, string, number, number]>([
    ['a comma too many', '{\n  "a": 1,\n}', 3, 1],
    ['a comma too few', '{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['a key without quotes', '{a: 1}', 1, 2],
    ['a comment', '{} // secret', 1, 4],
    ['an end that is missing', '{"a": [', 1, 8],
    ['text behind the end', '{}\n{}', 2, 1],
    ['nothing', '', 1, 1],
    ['a password', 'root:secret:1', 1, 1],
    ['lists without end', '['.repeat(100_000), 1, 202],
  ])('%s', (_name, text, line, column) => {
    let place: Place | undefined;
    let message = '';
    try {
      read(text);
    } catch (error) {
      if (error instanceof TextSyntaxError) ({ place, message } = error);
    }
    expect(place).toEqual({ file: 'f', line, column });
    expect(message).not.toContain('secret');
  });
});
