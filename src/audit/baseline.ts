import { groupKindOf } from '../admission/pod-template-place.ts';
import { objectLabel } from '../finding/object-reference.ts';
import type { AuditBaseline, BaselineEntry } from '../generated/baseline.ts';
import type { AuditFinding } from './audit-finding.ts';
import { digestOf } from './finding-origin.ts';

/** An entry, and its line in the file. */
export type PlacedEntry = BaselineEntry & { readonly line: number };

/**
 * By what a finding is known again, from audit to audit. Objects that one controller makes are one, whatever they are
 * called; a line of a file, and an API version, may change. Another code, field, class or annotation value makes another
 * finding: what is known hides nothing that is worse.
 */
export function fingerprintOf({ code, object, field, chain = [], message, origin }: AuditFinding): string {
  const { maker, value = '' } = origin ?? {};
  const named = maker ?? object;
  const className = chain.slice(1).find((link) => link.startsWith('RuntimeClass ')) ?? '';
  return digestOf(
    JSON.stringify([
      code,
      object.kind,
      groupKindOf(named),
      named.namespace ?? '',
      named.name,
      field,
      className,
      value,
      // Of these no object tells one from another; numbers in the sentence are lines, columns and counts.
      object.kind === 'File' || object.kind === 'Cluster' ? message.replaceAll(/\d+/g, '0') : '',
    ]),
  );
}

/** The known findings of an earlier audit, and which of them are there still. */
export class Baseline {
  readonly #entries: ReadonlyMap<string, PlacedEntry>;
  readonly #today: string;
  readonly #seen = new Set<string>();
  #known = 0;

  /** @param now in milliseconds since the epoch */
  constructor(entries: readonly PlacedEntry[], now: number) {
    this.#entries = new Map(entries.map((entry) => [entry.fingerprint, entry]));
    this.#today = new Date(now).toISOString().slice(0, '2027-01-31'.length);
  }

  /** Whether a finding is known, and its entry has not expired. */
  covers(found: AuditFinding): boolean {
    const entry = this.#entries.get(fingerprintOf(found));
    if (entry === undefined) return false;
    this.#seen.add(entry.fingerprint);
    if (this.#isExpired(entry)) return false;
    this.#known++;
    return true;
  }

  /** How many findings were known. */
  get known(): number {
    return this.#known;
  }

  /** Entries whose last day is over, and whose findings are still there: these count again. */
  get expired(): readonly PlacedEntry[] {
    return this.#all.filter((entry) => this.#seen.has(entry.fingerprint) && this.#isExpired(entry));
  }

  /** Entries that no finding has any more. Says something only after everything was read. */
  get stale(): readonly PlacedEntry[] {
    return this.#all.filter((entry) => !this.#seen.has(entry.fingerprint));
  }

  /** What somebody wrote about a finding, which a new baseline keeps. */
  remarksOn(fingerprint: string): Pick<BaselineEntry, 'until' | 'reason'> {
    const { until, reason } = this.#entries.get(fingerprint) ?? {};
    return { ...(until !== undefined && { until }), ...(reason !== undefined && { reason }) };
  }

  get #all(): readonly PlacedEntry[] {
    return [...this.#entries.values()];
  }

  #isExpired({ until }: BaselineEntry): boolean {
    return until !== undefined && until < this.#today;
  }
}

/** Gathers what an audit finds into a new baseline: as much memory as there are different findings. */
export class BaselineMaker {
  readonly #entries = new Map<string, BaselineEntry>();

  add(found: AuditFinding): void {
    const fingerprint = fingerprintOf(found);
    if (this.#entries.has(fingerprint)) return;
    const { code, object, field, origin } = found;
    const maker = origin?.maker;
    const whose = maker === undefined ? objectLabel(object) : `${object.kind} of ${objectLabel(maker)}`;
    this.#entries.set(fingerprint, { fingerprint, code, about: field === '' ? whose : `${whose}: ${field}` });
  }

  /** In an order that does not depend on that of reading, so that two files can be compared. */
  document(earlier: Baseline | undefined): AuditBaseline {
    const sorted = [...this.#entries.values()].toSorted(
      (a, b) => compare(a.code, b.code) || compare(a.about, b.about) || compare(a.fingerprint, b.fingerprint),
    );
    return {
      apiVersion: 'audit.shimgate.dev/v1alpha1',
      kind: 'AuditBaseline',
      findings: sorted.map((entry) => ({ ...entry, ...earlier?.remarksOn(entry.fingerprint) })),
    };
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
