import { expect, test } from '@jest/globals';
import { checks } from '../../../../src/policy/checks/checks.ts';

const ids = checks.map(({ id }) => id);

test('the checks are sorted by their id', () => {
  expect(ids).toEqual(ids.toSorted());
});

test('no two checks have the same id', () => {
  expect(new Set(ids).size).toBe(ids.length);
});

test('each id is in kebab-case', () => {
  for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
});
