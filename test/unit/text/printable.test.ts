import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { printableJson, printableLine, printableYaml } from '../../../src/text/printable.ts';

/** What is not seen, what turns a text round, and what builds take for commands to themselves. */
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    '::error::x',
    ' ::a::',
    '\n::b::',
    '##vso[x]y',
    '###[x]',
    '##teamcity[x',
    '\u001b[31m',
    '\u202e',
    '\u{e0061}',
    '\u0085',
    '\n',
    '\t',
    '#',
    ':',
    '- ',
    'word '.repeat(30),
  ),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('').toWellFormed());
const value = fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 3 })), { maxKeys: 4 });

const isCommand = /^\s*::|##\[|##vso\[|##teamcity\[/im;
const isUnseen = /(?!\n)[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('what is printed can be seen, and is the same value', () => {
  test('in JSON', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (given, indentation) => {
        const printed = printableJson(given, indentation);
        expect(printed).not.toMatch(isUnseen);
        expect(printed).not.toMatch(isCommand);
        expect(JSON.parse(printed)).toEqual(given);
      }),
      { numRuns: 2_000 },
    );
  });

  test('in YAML', () => {
    fc.assert(
      fc.property(value, (given) => {
        const printed = printableYaml(given);
        expect(printed.replaceAll('\t', '')).not.toMatch(isUnseen);
        expect(printed).not.toMatch(isCommand);
        expect(parse(printed)).toEqual(given);
      }),
      { numRuns: 2_000 },
    );
  });

  test('in a line for people', () => {
    fc.assert(
      fc.property(text, (given) => {
        const printed = printableLine(given);
        expect(printed).not.toMatch(isUnseen);
        expect(printed).not.toMatch(isCommand);
      }),
      { numRuns: 2_000 },
    );
  });

  test('what can be seen anyway is printed as ever', () => {
    const plain = { a: ['b', 1, null, true, 'ä and 😀', 'line\nline\n', 'a: b', 'word '.repeat(40)], 'c/d': { e: '' } };
    expect(printableYaml(plain)).toBe(stringify(plain));
    expect(printableJson(plain, 2)).toBe(JSON.stringify(plain, null, 2));
    expect(printableLine('a: ::1 #x ## y')).toBe('a: ::1 #x ## y');
  });
});
