import { describe, expect, test } from '@jest/globals';
import { admitInFull } from '../../../src/admission/admit-in-full.ts';
import { checkAdmissionReview, reviewOfCreation, reviewOfRequest } from '../../../src/admission/decode-review.ts';
import type { ManifestObject } from '../../../src/manifests/read-manifests.ts';
import { podQuestion, withUse } from '../../../src/policy/checks/runtime-class-deletion.ts';
import type { Review } from '../../../src/policy/review.ts';
import { everyCheck } from '../../../src/policy/checks/checks.ts';
import { judgedBy } from './judged.ts';
import { policyFolders, type PolicyFolder } from './policy-fixtures.ts';

const folders = policyFolders();
const checks = Object.values(everyCheck).flat();

test('each check has a folder of fixtures, and no folder is left of another', () => {
  expect(folders.map(({ id }) => id).toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
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
      const review = reviewWithPods(object, folder);
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
      const { findings } = admitInFull(reviewWithPods(object, folder), world);
      expect(findings.filter(({ code }) => codes.has(code))).toEqual([]);
    }
  });
});

/** `AbsolutePath.yaml` or, of several, `AbsolutePath.declared.yaml`. */
function codeOf(name: string): string {
  return name.split('.')[0] ?? '';
}

/** A review, with the pods of the folder's cluster that use its class. */
function reviewWithPods(object: ManifestObject, { world, findPods }: PolicyFolder): Review {
  const { kind, value } = object;
  const review = kind === 'AdmissionReview' ? reviewOfRequest(checkAdmissionReview(value)) : reviewOfCreation(object);
  const question = podQuestion(review, 'validating', world.configuration);
  return withUse(review, question && findPods(question));
}
