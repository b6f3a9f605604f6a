import { expect, test } from '@jest/globals';
import { everyCheck } from '../../../../src/policy/checks/checks.ts';

const { pods, classes, bindings } = everyCheck;
const ids = [...pods, ...classes, ...bindings].map(({ id }) => id);

test.each(Object.entries(everyCheck))('the checks of %s are sorted by their id', (_, some) => {
  const own = some.map(({ id }) => id);
  expect(own).toEqual(own.toSorted());
});

test('no two checks have the same id', () => {
  expect(new Set(ids).size).toBe(ids.length);
});

test('each id is in kebab-case', () => {
  for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
});
