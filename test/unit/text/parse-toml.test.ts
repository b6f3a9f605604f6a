import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { toJson, valueAt, type LocatedTable, type Place } from '../../../src/text/located-value.ts';
import { parseToml } from '../../../src/text/parse-toml.ts';
import { TextSyntaxError } from '../../../src/text/text-syntax-error.ts';
import { writeToml, type Plain, type PlainTable } from '../../support/write-toml.ts';

const plain = (table: LocatedTable) => toJson(table, () => undefined);

describe('TOML is read as another parser reads it', () => {
  const value: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b.c', '"', 'ä', '__proto__', ''), tie('value'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
  })).value;
  const document: fc.Arbitrary<PlainTable> = fc.dictionary(fc.constantFrom('a', 'b', 'c d', '__proto__'), value, {
    noNullPrototype: true,
  });

  test('whatever way it is written in', () => {
    fc.assert(
      fc.property(document, fc.array(fc.nat(59), { minLength: 16, maxLength: 16 }), (content, dice) => {
        let next = 0;
        const text = writeToml(content, (options) => (dice[next++ % dice.length] ?? 0) % options);
        expect(plain(parseToml(text, 'f'))).toEqual(JSON.parse(JSON.stringify(parse(text))));
        expect(plain(parseToml(text, 'f'))).toEqual(content);
      }),
    );
  });

  test.each([
    ['arrays of tables', '[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\nf = 4\n'],
    ['a header after its child', '[a.b]\nc = 1\n[a]\nd = 2\n'],
    ['strings over several lines', 'a = """\n\\\n  b\n c"""\nd = \'\'\'\ne\n\'\'\'\n'],
  ])('%s', (_name, text) => {
    expect(plain(parseToml(text, 'f'))).toEqual(JSON.parse(JSON.stringify(parse(text))));
  });
});

test('the ends of lines in strings stay what they are, as in containerd', () => {
  const basic = 'a = """\r\nb\\\\\r\nc \\\r\n  d\r\n"""\r\n';
  expect(plain(parseToml(basic, 'f'))).toEqual({ a: 'b\\\r\nc d\r\n' });
  expect(plain(parseToml("a = '''\r\nb\r\n'''\r\n", 'f'))).toEqual({ a: 'b\r\n' });
});

describe('a value knows where its key stands', () => {
  const table = parseToml('top = 1\n[a."b c"]\n  d.e = { f = [1, 2] }\n[[x]]\ny = 1979-05-27\n', 'file.toml');

  test.each<[readonly string[], number, number]>([
    [['top'], 1, 1],
    [['a'], 2, 2],
    [['a', 'b c'], 2, 4],
    [['a', 'b c', 'd'], 3, 3],
    [['a', 'b c', 'd', 'e'], 3, 5],
    [['a', 'b c', 'd', 'e', 'f'], 3, 11],
    [['x'], 4, 3],
  ])('%j', (path, line, column) => {
    expect(valueAt(table, ...path)?.at).toEqual({ file: 'file.toml', line, column });
  });
});

describe('what is no TOML is refused with its place', () => {
  test.each([
    ['a key twice', 'a = 1\nb = 2\na = 3\n', 3, 1],
    ['a table twice', '[a]\n[a]\n', 2, 2],
    ['a dotted key and a table', '[a]\nb.c = 1\n[a.b]\n', 3, 4],
    ['a string without end', 'a = "x\n', 1, 7],
    ['a letter that no bare key has', 'a = 1\nä = 2\n', 2, 1],
    ['YAML', 'apiVersion: v1\n', 1, 11],
  ])('%s', (_name, text, line, column) => {
    let place: Place | undefined;
    try {
      parseToml(text, 'f');
    } catch (error) {
      if (error instanceof TextSyntaxError) place = error.place;
    }
    expect(place).toEqual({ file: 'f', line, column });
  });

  test.each([
    ['lists', `a = ${'['.repeat(100_000)}`],
    ['inline tables', `a = ${'{a='.repeat(100_000)}`],
  ])('%s that are nested without end', (_name, text) => {
    expect(() => parseToml(text, 'f')).toThrow(TextSyntaxError);
  });

  test('a string that is too long', () => {
    expect(() => parseToml(`a = "${'x'.repeat(900_000)}"`, 'f')).toThrow(/too long/);
  });
});
