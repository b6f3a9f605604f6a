import { describe, expect, test } from '@jest/globals';
import { admitInFull } from '../../../src/admission/admit-in-full.ts';
import { toReview } from '../../../src/admission/decode-review.ts';
import { requestFor } from '../../../src/manifests/review-manifests.ts';
import { checks } from '../../../src/policy/checks/checks.ts';
import { policyFolders } from '../../support/worlds/policy-fixtures.ts';

const folders = policyFolders();

test('each check has a folder of fixtures, and no folder is left of another', () => {
  expect(folders.map(({ id }) => id).toSorted()).toEqual(checks.map(({ id }) => id));
});

describe.each(checks)('$id', (check) => {
  const folder = folders.find(({ id }) => id === check.id);
  if (folder === undefined) throw new Error(`test/fixtures/policies/${check.id} is missing`);
  const { world, pass, fail } = folder;

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
      const request = requestFor(object);
      const found = (['mutating', 'validating'] as const).flatMap(
        (phase) => check.evaluate(toReview(request, phase), world).findings,
      );
      expect(found.map(({ code }) => code)).toContain(codeOf(name));
    }
  });

  test.each(pass)('pass/$name', ({ objects }) => {
    expect(objects).not.toEqual([]);
    const codes: ReadonlySet<string> = new Set(check.codes);
    for (const object of objects) {
      const { findings } = admitInFull(requestFor(object), world);
      expect(findings.filter(({ code }) => codes.has(code))).toEqual([]);
    }
  });
});

/** `AbsolutePath.yaml` or, of several, `AbsolutePath.declared.yaml`. */
function codeOf(name: string): string {
  return name.split('.')[0] ?? '';
}
