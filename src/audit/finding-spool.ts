import type { FindingCode } from '../finding/codes.ts';
import { severities } from '../finding/finding.ts';
import type { Severity } from '../finding/code-entry.ts';
import type { AuditFinding } from './audit-finding.ts';
import { LineSpool } from './line-spool.ts';

/** Findings of one code and severity. */
export type FindingGroup = { readonly code: FindingCode; readonly severity: Severity; readonly count: number };

export type Totals = Readonly<Record<Severity, number>>;

/**
 * Findings in any number, worst first, without holding them: each code and severity has lines on disk of its own, so
 * that nothing needs to be sorted. Within a group they stay in the order in which they were found.
 */
export class FindingSpool {
  readonly #spools = new Map<string, { readonly spool: LineSpool; group: FindingGroup }>();

  add(found: AuditFinding): void {
    const { code, severity } = found;
    const key = `${severity} ${code}`;
    let entry = this.#spools.get(key);
    if (entry === undefined) {
      entry = { spool: new LineSpool(), group: { code, severity, count: 0 } };
      this.#spools.set(key, entry);
    }
    entry.spool.append(JSON.stringify(found));
    entry.group = { ...entry.group, count: entry.group.count + 1 };
  }

  get totals(): Totals {
    const total = (severity: Severity) =>
      this.groups.reduce((sum, group) => sum + (group.severity === severity ? group.count : 0), 0);
    return { error: total('error'), warning: total('warning'), info: total('info') };
  }

  /** Worst first; of the same severity those with the most findings first. */
  get groups(): readonly FindingGroup[] {
    const rank = ({ severity }: FindingGroup) => severities.indexOf(severity);
    return [...this.#spools.values()]
      .map(({ group }) => group)
      .toSorted((a, b) => rank(a) - rank(b) || b.count - a.count || (a.code < b.code ? -1 : 1));
  }

  /** The findings of one group. @param limit as many at most */
  *findingsOf(
    { severity, code }: Omit<FindingGroup, 'count'>,
    limit = Infinity,
  ): Generator<AuditFinding, void, undefined> {
    const entry = this.#spools.get(`${severity} ${code}`);
    if (entry === undefined) return;
    let count = 0;
    for (const line of entry.spool.lines()) {
      if (count++ >= limit) return;
      yield JSON.parse(line) as AuditFinding;
    }
  }

  close(): void {
    for (const { spool } of this.#spools.values()) spool.close();
  }
}
