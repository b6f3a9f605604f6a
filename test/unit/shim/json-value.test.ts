import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, type JsonValue } from '../../../src/shim/json-value.ts';

const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '1', '10', '2')), tie('value')),
  ),
}));

describe('canonical JSON', () => {
  test.each<readonly [JsonValue, string]>([
    [{ b: 1, a: { d: [2, { f: null, e: true }], c: 'x' } }, '{"a":{"c":"x","d":[2,{"e":true,"f":null}]},"b":1}'],
    [{ a: 1, B: 2, 10: 3, 9: 4 }, '{"10":3,"9":4,"B":2,"a":1}'],
    [[3, 1, 2], '[3,1,2]'],
    [{}, '{}'],
    [[], '[]'],
    ['a "quoted" \u2028 text', '"a \\"quoted\\" \u2028 text"'],
    [null, 'null'],
    [false, 'false'],
  ])('of %j is %s', (given, expected) => {
    expect(canonicalJson(given)).toBe(expected);
  });

  test('keeps a key that would be a prototype', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"y":1,"x":2}}') as JsonValue)).toBe(
      '{"__proto__":{"x":2,"y":1},"b":1}',
    );
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(canonicalJson(reversed(given))).toBe(canonicalJson(given));
      }),
    );
  });

  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(JSON.parse(canonicalJson(given))).toEqual(JSON.parse(JSON.stringify(given)));
      }),
    );
  });

  test('differs where values differ', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(sameJson(a, b));
      }),
    );
  });
});

/** The same value with the keys of every object in reverse order. */
function reversed(given: JsonValue): JsonValue {
  if (typeof given !== 'object' || given === null) return given;
  if (Array.isArray(given)) return given.map(reversed);
  const entries = Object.entries(given).map(([key, member]) => [key, reversed(member)] as const);
  return Object.fromEntries(entries.toReversed());
}

function sameJson(a: JsonValue, b: JsonValue): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}
