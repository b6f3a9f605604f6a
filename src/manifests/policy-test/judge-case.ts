import { isDeepStrictEqual } from 'node:util';
import type { PatchOperation } from '../../admission/annotation-patch.ts';
import type { Finding } from '../../finding/finding.ts';
import { objectLabel } from '../../finding/object-reference.ts';
import { sentence } from '../../finding/wording.ts';
import type { ExpectedFinding, ExpectedVerdict } from '../../generated/policy-test.ts';
import type { ManifestReview } from '../review-manifests.ts';

/** How a verdict differs from the one that is expected: a sentence each, and none where it does not. */
export function differencesOf(review: ManifestReview, expected: ExpectedVerdict): readonly string[] {
  const { object, source, allowed, findings, patch } = review;
  const differences = [
    ...ofAllowed(allowed, findings, expected.allowed),
    ...(expected.findings === undefined ? [] : ofFindings(findings, expected.findings)),
    ...(expected.patch === undefined ? [] : ofPatch(patch, expected.patch)),
  ];
  const where = `${objectLabel(object)} (${source.file}:${source.line})`;
  return differences.map((difference) => `${where} ${difference}`);
}

function ofAllowed(allowed: boolean, findings: readonly Finding[], expected: boolean | undefined): readonly string[] {
  if (expected === undefined || expected === allowed) return [];
  if (allowed) return ['is allowed, and should be denied.'];
  const why = findings.filter(({ severity }) => severity === 'error').map(sentence);
  return [`is denied, and should be allowed: ${why.join(' ')}`];
}

/** Each expected finding takes one that is there, the most particular first, so that none takes another's. */
function ofFindings(findings: readonly Finding[], expected: readonly ExpectedFinding[]): readonly string[] {
  const left = [...findings];
  const missing = expected
    .toSorted((a, b) => Object.keys(b).length - Object.keys(a).length)
    .filter((wanted) => {
      const index = left.findIndex((found) => fits(found, wanted));
      if (index >= 0) left.splice(index, 1);
      return index < 0;
    });
  return [
    ...missing.map((wanted) => `has no finding ${inWords(wanted)}.`),
    ...left.map((found) => `has a finding that is not expected, ${inWords(found)}: ${sentence(found)}`),
  ];
}

function fits(found: Finding, { code, severity, field }: ExpectedFinding): boolean {
  return (
    found.code === code &&
    (severity === undefined || found.severity === severity) &&
    (field === undefined || found.field === field)
  );
}

function inWords({ code, severity, field }: ExpectedFinding): string {
  return `${severity === undefined ? '' : `${severity} `}${code}${field === undefined || field === '' ? '' : ` at ${field}`}`;
}

function ofPatch(patch: readonly PatchOperation[], expected: readonly object[]): readonly string[] {
  const lacks = (operations: readonly object[], one: object) =>
    !operations.some((other) => isDeepStrictEqual(one, other));
  return [
    ...expected.filter((one) => lacks(patch, one)).map((one) => `is not patched by ${JSON.stringify(one)}.`),
    ...patch
      .filter((one) => lacks(expected, one))
      .map((one) => `is patched by ${JSON.stringify(one)}, which is not expected.`),
  ];
}
