import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countNewlines } from '../../../src/text/newlines.ts';

test('line breaks are counted in any range of any bytes', () => {
  const byte = fc.oneof(fc.constantFrom(0x0a, 0x0a, 0x0b, 0x09, 0x8a, 0x00, 0x80, 0xff), fc.nat(255));
  const bytesOf = fc.array(byte, { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes));
  fc.assert(
    fc.property(bytesOf, fc.nat(60), fc.nat(60), fc.nat(8), (given, one, other, offset) => {
      const bytes = new Uint8Array(given.length + offset).subarray(offset);
      bytes.set(given);
      const [from, to] = [Math.min(one, other, given.length), Math.min(Math.max(one, other), given.length)];
      expect(countNewlines(bytes, from, to)).toBe(given.subarray(from, to).filter((value) => value === 0x0a).length);
    }),
    { numRuns: 1000 },
  );
});

test('any number of them is counted', () => {
  for (const size of [1019, 1020, 1024, 2043, 100_003]) {
    const bytes = new Uint8Array(size).fill(0x0a);
    expect([countNewlines(bytes, 0, size), countNewlines(bytes, 1, size)]).toEqual([size, size - 1]);
  }
});
