import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../finding/finding.ts';
import { everyCheck, type CheckSet } from '../policy/checks/checks.ts';
import { evaluate } from '../policy/evaluate.ts';
import type { Review } from '../policy/review.ts';
import type { World } from '../policy/world.ts';
import { applyVerdict, verdictPatch, type PatchOperation } from './annotation-patch.ts';
import { warningTexts } from './warnings.ts';

/** What becomes of a request once both webhooks have spoken. */
export type FullAdmission = {
  readonly allowed: boolean;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  readonly patch: readonly PatchOperation[];
};

/** The same, before it is put into words. */
type FullVerdict = Pick<FullAdmission, 'allowed' | 'findings' | 'patch'> & { readonly told: readonly Finding[] };

/**
 * Answers a request as the API server would get it answered: by the mutating webhook, then, with its patch applied, by
 * the validating one. Workloads meet only the validating one.
 */
export function admitInFull(review: Review, world: World): FullAdmission {
  const { allowed, findings, told, patch } = judgeInFull(review, world);
  return { allowed, findings, warnings: warningTexts(told), patch };
}

/** @param asked the checks that are asked; both webhooks ask all of them */
export function judgeInFull(review: Review, world: World, asked: CheckSet = everyCheck): FullVerdict {
  const { kind } = review.subject;
  if (kind !== 'Pod' && kind !== 'RuntimeClass') {
    const { decision, findings, told } = evaluate(review, 'validating', world, asked);
    return { allowed: decision !== 'deny', findings, told, patch: [] };
  }
  const first = evaluate(review, 'mutating', world, asked);
  if (first.decision === 'deny') return { allowed: false, findings: first.findings, told: first.told, patch: [] };
  const second = evaluate(applyVerdict(review, first), 'validating', world, asked);
  const allowed = second.decision !== 'deny';
  return {
    allowed,
    findings: merge(first.findings, second.findings),
    told: merge(first.told, second.told),
    patch: allowed ? verdictPatch(review, first) : [],
  };
}

/** Both webhooks find most things alike; each is told once. */
function merge(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  if (first.length === 0 || second.length === 0) return first.length === 0 ? second : first;
  const isKnown = (found: Finding) => first.some((one) => isSameFact(one, found));
  return [...first, ...second.filter((found) => !isKnown(found))];
}

/** Two findings about one object say the same where their statements do, however the two phases would word them. */
function isSameFact(one: Finding, other: Finding): boolean {
  return one.code === other.code && isDeepStrictEqual(one.statement, other.statement);
}
