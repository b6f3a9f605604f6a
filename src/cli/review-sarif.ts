import { about } from '../audit/audit-finding.ts';
import { FindingSpool } from '../audit/finding-spool.ts';
import { sarifLog } from '../audit/reporters/sarif-reporter.ts';
import { wayOf } from '../finding/object-reference.ts';
import type { ManifestReview } from '../manifests/review-manifests.ts';
import { writePieces } from './output.ts';
import { version } from './version.ts';

export type SarifOptions = {
  /** What was reviewed. */
  readonly paths: readonly string[];
  /** Whether all of it could be read. */
  readonly isSuccessful: boolean;
};

/** Writes what was found as the audit does: one log, in which each finding has the place of its object. */
export async function writeSarif(
  reviews: readonly ManifestReview[],
  { paths, isSuccessful }: SarifOptions,
): Promise<void> {
  const findings = new FindingSpool();
  try {
    for (const { object, source, findings: found } of reviews) {
      for (const one of found) {
        const { chain = [] } = one.subject ?? {};
        findings.add(about({ object, source, ...(chain.length > 0 && { chain: wayOf(object, chain) }) }, one));
      }
    }
    const run = { findings, what: `shimgate review of ${paths.join(', ')}`, isSuccessful };
    await writePieces(sarifLog(run, { version, limit: Infinity }));
  } finally {
    findings.close();
  }
}
