import { expect, test } from '@jest/globals';
import { LockedHandlers, propagationMs } from '../../../src/registration/locked-handlers.ts';

const [never, already] = [() => false, () => true];

test('a class is locked once every API server goes by the interlock, or where it is answered already', () => {
  const locked = new LockedHandlers();
  locked.note(new Map([['vm', 'kata']]), 1_000);
  expect(locked.has('vm', 'kata', 1_000, never)).toBe(false);
  expect(locked.has('vm', 'kata', 1_000, already)).toBe(true);
  expect(locked.has('vm', 'kata', 1_000 + propagationMs, never)).toBe(true);
});

test('a class is never locked to another handler than the interlock says, nor one that it does not have', () => {
  const locked = new LockedHandlers();
  locked.note(new Map([['vm', 'kata']]), 0);
  expect(locked.has('vm', 'runsc', propagationMs, already)).toBe(false);
  expect(locked.has('other', 'kata', propagationMs, already)).toBe(false);
  locked.note(new Map([['vm', 'runsc']]), propagationMs);
  expect(locked.has('vm', 'runsc', propagationMs, never)).toBe(false);
  expect(locked.has('vm', 'kata', propagationMs, already)).toBe(false);
  locked.note(new Map(), 2 * propagationMs);
  expect(locked.has('vm', 'runsc', 3 * propagationMs, already)).toBe(false);
});
