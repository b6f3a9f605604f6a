import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Taint, Toleration } from '../../../src/generated/objects.ts';
import { toleranceOf } from '../../../src/policy/tolerations.ts';

const key = fc.constantFrom('', 'a', 'b');
const value = fc.constantFrom('', 'x', '1', '2', '3', '-4', '007', '9223372036854775808');
const effect = fc.constantFrom('', 'NoSchedule', 'NoExecute');

const toleration: fc.Arbitrary<Toleration> = fc.record({
  key: fc.option(key, { nil: null }),
  operator: fc.constantFrom('', null, 'Equal', 'Exists', 'Lt', 'Gt', 'In'),
  value: fc.option(value, { nil: null }),
  effect: fc.option(effect, { nil: null }),
});

const taint: fc.Arbitrary<Taint> = fc.record({ key, value, effect });

test('a list tolerates what one of it does, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(toleration, { maxLength: 6 }), taint, (list, one) => {
      expect(toleranceOf(list)(one)).toBe(list.some((each) => toleranceOf([each])(one)));
    }),
    { numRuns: 2_000 },
  );
});

test('a long list is read when it is made, and not for each taint', () => {
  let reads = 0;
  const list = Array.from({ length: 40_000 }, (_, index) => ({
    get key() {
      reads++;
      return `key-${index}`;
    },
    operator: 'Exists',
  }));
  const tolerates = toleranceOf(list);
  const made = reads;
  for (let index = 0; index < 5_000; index++) tolerates({ key: `other-${index}`, effect: 'NoSchedule' });
  expect([made, reads]).toEqual([40_000, 40_000]);
});
