import { expect, test } from '@jest/globals';
import { policies } from '../../../src/policy/policies.ts';

const ids = policies.map(({ id }) => id);

test('the policies are sorted by their id', () => {
  expect(ids).toEqual(ids.toSorted());
});

test('no two policies have the same id', () => {
  expect(new Set(ids).size).toBe(ids.length);
});

test('each id is in kebab-case', () => {
  for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
});
