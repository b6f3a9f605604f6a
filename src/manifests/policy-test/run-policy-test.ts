import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { readConfiguration, defaultConfiguration } from '../../config/read-configuration.ts';
import type { Configuration } from '../../config/configuration.ts';
import { readDocument } from '../../config/read-document.ts';
import { codes } from '../../finding/codes.ts';
import { fieldPath, type PathSegment } from '../../finding/field-path.ts';
import { finding } from '../../finding/finding.ts';
import type { LocatedFinding } from '../../finding/located-finding.ts';
import { nearMiss } from '../../finding/near-miss.ts';
import { quote } from '../../finding/quote.ts';
import { maxSettingsBytes, readBoundedFile } from '../../follow/read-file.ts';
import type { PolicyTest, PolicyTestCase } from '../../generated/policy-test.ts';
import { validatePolicyTest } from '../../generated/validate-policy-test.ts';
import { World } from '../../policy/world.ts';
import type { TextDocument } from '../../text/document.ts';
import { startOf } from '../../text/located-value.ts';
import { clusterStateFrom } from '../cluster-state.ts';
import { readManifests, type ManifestObject } from '../read-manifests.ts';
import { reviewManifests } from '../review-manifests.ts';
import { differencesOf } from './judge-case.ts';

/** How a case went. */
export type CaseResult = {
  readonly name: string;
  readonly line: number;
  /** What is not as expected, a sentence each. */
  readonly failures: readonly string[];
};

/** How a file of cases went. */
export type TestResult = {
  readonly file: string;
  readonly cases: readonly CaseResult[];
  /** Why the file, or what it names, cannot be used: then it has no cases. */
  readonly faults: readonly LocatedFinding[];
};

/**
 * Runs the cases of one text, a PolicyTest: reviews objects as the webhooks would, and compares verdicts with those that are
 * expected.
 *
 * @param bytes the text in UTF-8
 * @param file where it was read from: what it names is looked for from there
 */
export async function runPolicyTest(bytes: Uint8Array, file: string): Promise<TestResult> {
  const reading = readDocument(bytes, file, validatePolicyTest);
  if (reading.value === undefined) return { file, cases: [], faults: reading.findings };
  const { value: test, document } = reading;
  const flaws = flawsOf(test, document, file);
  if (flaws.length > 0) return { file, cases: [], faults: flaws };
  const from = (path: string) => join(dirname(file), path);
  const configured = await configurationOf(test, from);
  const { objects: known, findings } = await readManifests((test.objects ?? []).map(from), Readable.from([]));
  const { configuration } = configured;
  const faults = [...configured.faults, ...findings];
  if (configuration === undefined || faults.length > 0) return { file, cases: [], faults };
  const cases: CaseResult[] = [];
  for (const [index, one] of test.cases.entries()) {
    const { line } = document.positionOf(['cases', index]);
    const { objects, findings: unread } = await objectsOf(one, { file, line, from });
    const judged = judge(one, objects, known, configuration);
    faults.push(...unread, ...judged.faults);
    cases.push({ name: one.name, line, failures: judged.failures });
  }
  return { file, cases: faults.length > 0 ? [] : cases, faults };
}

type Judged = { readonly failures: readonly string[]; readonly faults: readonly LocatedFinding[] };

/** What is reviewed is known as well, as when kubectl applies both. */
function judge(
  { expect }: PolicyTestCase,
  objects: readonly ManifestObject[],
  known: readonly ManifestObject[],
  configuration: Configuration,
): Judged {
  const cluster = clusterStateFrom([...known, ...objects]);
  const { reviews, findings } = reviewManifests(objects, new World(cluster.state, configuration), cluster.findPods);
  const faults = [...cluster.findings, ...findings];
  if (faults.length > 0) return { failures: [], faults };
  const failures = reviews.flatMap((review) => differencesOf(review, expect));
  return { failures: reviews.length === 0 ? ['There is no object to review.'] : failures, faults };
}

type Place = { readonly file: string; readonly line: number; readonly from: (path: string) => string };

async function objectsOf({ review, object }: PolicyTestCase, { file, line, from }: Place) {
  if (object === undefined) return readManifests(review === undefined ? [] : [from(review)], Readable.from([]));
  const { apiVersion, kind } = object;
  return { objects: [{ apiVersion, kind, value: object, source: { file, line } }], findings: [] };
}

async function configurationOf(
  { configuration: path, mode }: PolicyTest,
  from: (path: string) => string,
): Promise<{ readonly configuration: Configuration | undefined; readonly faults: readonly LocatedFinding[] }> {
  if (path === undefined) return { configuration: inMode(defaultConfiguration(), mode), faults: [] };
  const file = from(path);
  try {
    const { configuration, findings } = readConfiguration(await readBoundedFile(file, maxSettingsBytes), file);
    return configuration === undefined
      ? { configuration, faults: findings }
      : { configuration: inMode(configuration, mode), faults: [] };
  } catch (error) {
    const statement = `The configuration cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    const fault = { ...finding('UnreadableManifest', { field: '', statement }), source: startOf(file) };
    return { configuration: undefined, faults: [fault] };
  }
}

function inMode(configuration: Configuration, mode: PolicyTest['mode']): Configuration {
  return mode === undefined ? configuration : { ...configuration, mode };
}

/** What the schema cannot say: a case reviews either a file or an object, and expects only codes that there are. */
function flawsOf(test: PolicyTest, document: TextDocument, file: string): readonly LocatedFinding[] {
  const flaw = (path: readonly PathSegment[], statement: string, fix: string): LocatedFinding => ({
    ...finding('InvalidValue', { field: fieldPath(path), statement, fix }),
    source: { file, ...document.positionOf(path) },
  });
  return test.cases.flatMap(({ review, object, expect }, index) => {
    const path = ['cases', index];
    const isOne = (review === undefined) !== (object === undefined);
    const what = isOne
      ? []
      : [flaw(path, 'A case reviews either a file or an object.', 'Give one of review and object.')];
    const unknown = (expect.findings ?? []).flatMap(({ code }, place) => {
      if (Object.hasOwn(codes, code)) return [];
      const meant = nearMiss(code, Object.keys(codes));
      const fix = meant === undefined ? 'docs/reasons.md lists them all.' : `Did you mean ${meant}?`;
      // It is a misspelling, and would never be found.
      return [flaw([...path, 'expect', 'findings', place, 'code'], `There is no code ${quote(code)}.`, fix)];
    });
    return [...what, ...unknown];
  });
}
