import type { OwnerEvent } from '../../admission/owner-event.ts';

/** An Event that there is, or is to be: the same thing, as often as it happened. */
export type CountedEvent = {
  readonly event: OwnerEvent;
  readonly count: number;
  /** In milliseconds since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
};

/** The same while it is counted. */
type Counter = { -readonly [field in keyof CountedEvent]: CountedEvent[field] };

/** What happened to one owner for one reason. */
type Group = {
  readonly byNote: Map<string, Counter>;
  /** What came after as many different notes as an owner has. */
  combined: Counter | undefined;
  tokens: number;
  /** When tokens were last counted, in milliseconds since the epoch. */
  countedAt: number;
};

/**
 * How much is told, each for one owner and one reason: as client-go's correlator has it, but for the owners that are remembered,
 * which are a quarter of its own.
 *
 * Source: client-go, tools/record/events_cache.go.
 */
export const correlation = {
  /** So many owners are remembered, those that something happened to last: with the longest notes that is some 12 MiB. */
  maxGroups: 1_024,
  /** After so many different notes the others are told together. */
  maxNotes: 10,
  /** After so long without anything it begins anew. */
  forgetMs: 600_000,
  /** So many are told at once, */
  burst: 25,
  /** and after that one each so long. */
  refillMs: 300_000,
} as const;

/** Counts what is the same, puts together what is similar, and says what is worth telling. Its memory is bounded. */
export class EventCorrelator {
  readonly #groups = new Map<string, Group>();

  /**
   * @param now in milliseconds since the epoch
   * @returns what to tell; undefined where enough was told of this owner
   */
  take(event: OwnerEvent, now: number): CountedEvent | undefined {
    const group = this.#groupOf(event, now);
    const counter = counterIn(group, event, now);
    counter.count++;
    counter.lastAt = now;
    if (group.tokens < 1) return undefined;
    group.tokens--;
    return counter;
  }

  /** How many owners it remembers. */
  get size(): number {
    return this.#groups.size;
  }

  #groupOf({ owner, reason }: OwnerEvent, now: number): Group {
    const { burst, refillMs, forgetMs, maxGroups } = correlation;
    const key = `${reason} ${owner.namespace} ${owner.uid} ${owner.kind} ${owner.name}`;
    const known = this.#groups.get(key);
    // The latest stand last.
    this.#groups.delete(key);
    const idleMs = known === undefined ? 0 : now - known.countedAt;
    const tokens = known === undefined ? burst : Math.min(burst, known.tokens + idleMs / refillMs);
    const group =
      known === undefined || idleMs > forgetMs
        ? { byNote: new Map<string, Counter>(), combined: undefined, tokens, countedAt: now }
        : Object.assign(known, { tokens, countedAt: now });
    this.#groups.set(key, group);
    for (const oldest of this.#groups.keys()) {
      if (this.#groups.size <= maxGroups) break;
      this.#groups.delete(oldest);
    }
    return group;
  }
}

function counterIn(group: Group, event: OwnerEvent, now: number): Counter {
  const known = group.byNote.get(event.note);
  if (known !== undefined) return known;
  if (group.byNote.size >= correlation.maxNotes) {
    group.combined ??= begin({ ...event, note: `(combined from similar events): ${event.note}`.slice(0, 1_024) }, now);
    return group.combined;
  }
  const counter = begin(event, now);
  group.byNote.set(event.note, counter);
  return counter;
}

function begin(event: OwnerEvent, now: number): Counter {
  return { event, count: 0, firstAt: now, lastAt: now };
}
