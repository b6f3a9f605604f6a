import { describe, expect, test } from '@jest/globals';
import { admitInFull } from '../../../src/admission/admit-in-full.ts';
import { everyCheck } from '../../../src/policy/checks/checks.ts';
import { judgedBy } from './judged.ts';
import { splitWhy } from '../../support/examples/code-examples.ts';
import { policyFolders, reviewOf } from '../../support/worlds/policy-fixtures.ts';

const folders = policyFolders();
const checks = Object.values(everyCheck).flat();

test('each check has a folder of fixtures, and no folder is left of another', () => {
  expect(folders.map(({ id }) => id).toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
});

describe.each(checks)('$id', (check) => {
  const folder = folders.find(({ id }) => id === check.id);
  if (folder === undefined) throw new Error(`test/fixtures/policies/${check.id} is missing`);
  const { world, pass, fail } = folder;

  test.each([...pass, ...fail])('$name says in its first line why it passes or fails', ({ text }) => {
    expect(splitWhy(text).why).toBeDefined();
  });

  test('its folder has what a folder has', () => {
    expect(folder.files).toEqual(['cluster.yaml', 'configuration.yaml', 'fail', 'pass']);
    expect(pass).not.toEqual([]);
  });

  test('each of its codes has an object that fails for it, and no other code has one', () => {
    expect([...new Set(fail.map(({ name }) => codeOf(name)))].toSorted()).toEqual(check.codes.toSorted());
  });

  test.each(fail)('fail/$name', ({ name, objects }) => {
    expect(objects).not.toEqual([]);
    for (const object of objects) {
      const review = reviewOf(object, folder);
      const found = (['mutating', 'validating'] as const).flatMap(
        (phase) => judgedBy(check, { ...review, phase }, world).findings,
      );
      expect(found.map(({ code }) => code)).toContain(codeOf(name));
    }
  });

  test.each(pass)('pass/$name', ({ objects }) => {
    expect(objects).not.toEqual([]);
    const codes: ReadonlySet<string> = new Set(check.codes);
    for (const object of objects) {
      const { findings } = admitInFull(reviewOf(object, folder), world);
      expect(findings.filter(({ code }) => codes.has(code))).toEqual([]);
    }
  });
});

/** `AbsolutePath.yaml` or, of several, `AbsolutePath.declared.yaml`. */
function codeOf(name: string): string {
  return name.split('.')[0] ?? '';
}
