import type { AuditFinding } from '../audit-finding.ts';
import type { FindingSpool } from '../finding-spool.ts';
import { LineSpool } from '../line-spool.ts';
import { leftOutResult, resultOf, type ReportResult } from './report-result.ts';

/** A namespace has so many results at most: the worst ones. */
export const maxResultsOfNamespace = 10_000;

/** So many results of several namespaces are held at a time. Those of one with more are read one after the other. */
const maxHeld = 5_000;

/** The results of one namespace, to be read once; those of the cluster have an empty one. */
export type NamespaceResults = { readonly namespace: string; readonly results: Iterable<ReportResult> };

/**
 * Puts results of one namespace together, worst first, in memory that does not grow with their number: findings lie on disk by
 * code, and are written once more, into as many files as it takes for each to be of one namespace, or to be held as a whole.
 *
 * @param now in milliseconds since the epoch
 */
export function* resultsByNamespace(findings: FindingSpool, now: number): Generator<NamespaceResults, void, undefined> {
  const counts = countByNamespace(findings);
  const batches = batchesOf(counts);
  try {
    const written = new Map<string, number>();
    for (const found of all(findings)) {
      const namespace = found.object.namespace ?? '';
      const count = (written.get(namespace) ?? 0) + 1;
      written.set(namespace, count);
      if (count > maxResultsOfNamespace) continue;
      batches.get(namespace)?.append(JSON.stringify({ namespace, result: resultOf(found, now) }));
    }
    for (const batch of new Set(batches.values())) {
      for (const { namespace, results } of resultsIn(batch, counts)) {
        yield { namespace, results: withLeftOut(results, (counts.get(namespace) ?? 0) - maxResultsOfNamespace, now) };
      }
    }
  } finally {
    for (const batch of new Set(batches.values())) batch.close();
  }
}

function* all(findings: FindingSpool): Generator<AuditFinding, void, undefined> {
  for (const group of findings.groups) yield* findings.findingsOf(group);
}

function countByNamespace(findings: FindingSpool): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { object } of all(findings)) {
    const namespace = object.namespace ?? '';
    counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  }
  return counts;
}

/** Which file each namespace's results go to. */
function batchesOf(counts: ReadonlyMap<string, number>): ReadonlyMap<string, LineSpool> {
  const batches = new Map<string, LineSpool>();
  let batch: LineSpool | undefined;
  let held = 0;
  for (const [namespace, count] of counts) {
    if (count > maxHeld) {
      batches.set(namespace, new LineSpool());
      continue;
    }
    if (batch === undefined || held + count > maxHeld) {
      batch = new LineSpool();
      held = 0;
    }
    held += count;
    batches.set(namespace, batch);
  }
  return batches;
}

function* resultsIn(
  batch: LineSpool,
  counts: ReadonlyMap<string, number>,
): Generator<NamespaceResults, void, undefined> {
  const held = new Map<string, ReportResult[]>();
  for (const { namespace, result } of entriesOf(batch)) {
    if ((counts.get(namespace) ?? 0) > maxHeld) return yield { namespace, results: resultsOfOne(batch) };
    const results = held.get(namespace) ?? [];
    results.push(result);
    held.set(namespace, results);
  }
  for (const [namespace, results] of held) yield { namespace, results };
}

function* resultsOfOne(batch: LineSpool): Generator<ReportResult, void, undefined> {
  for (const { result } of entriesOf(batch)) yield result;
}

function* entriesOf(
  batch: LineSpool,
): Generator<{ readonly namespace: string; readonly result: ReportResult }, void, undefined> {
  for (const line of batch.lines())
    yield JSON.parse(line) as { readonly namespace: string; readonly result: ReportResult };
}

function* withLeftOut(
  results: Iterable<ReportResult>,
  leftOut: number,
  now: number,
): Generator<ReportResult, void, undefined> {
  yield* results;
  if (leftOut > 0) yield leftOutResult(leftOut, now);
}
