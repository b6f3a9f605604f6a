import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { NestingScan, nestedTooMuch } from '../../../src/admission/nesting.ts';

/** Longer than what is looked at, and nested around where it is too much. */
const json = fc
  .tuple(
    fc.constantFrom('[', '{"":', '[{"a[":', '"\\\\[\\"{",['),
    fc.integer({ min: 5_000, max: 12_000 }),
    fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ']', 'x'), maxLength: 20 }),
  )
  .map(([opening, levels, end]) => Buffer.from(`${opening.repeat(levels)}${end}${' '.repeat(33_000)}`));

test('a body that comes in pieces is nested as much as the whole', () => {
  fc.assert(
    fc.property(json, fc.array(fc.nat(80_000), { maxLength: 6 }), (body, cuts) => {
      const scan = new NestingScan();
      const places = [0, ...cuts.filter((at) => at < body.length).toSorted((a, b) => a - b), body.length];
      const found = places.map((at, index) => scan.take(body.subarray(at, places[index + 1] ?? at)));
      expect(found.at(-1)).toBe(nestedTooMuch(body));
    }),
    { numRuns: 200 },
  );
});

test('what is too much is known as soon as it has come', () => {
  const scan = new NestingScan();
  expect(scan.take(Buffer.from('['.repeat(10_240)))).toBeUndefined();
  expect(scan.take(Buffer.from('['))).toBe('is nested deeper than 10240 levels');
  expect(scan.take(Buffer.from(']]]]'))).toBe('is nested deeper than 10240 levels');
});
