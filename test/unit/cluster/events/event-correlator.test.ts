import { describe, expect, test } from '@jest/globals';
import type { OwnerEvent } from '../../../../src/admission/owner-event.ts';
import { correlation, EventCorrelator } from '../../../../src/cluster/events/event-correlator.ts';

const event = (note: string, uid = 'a'): OwnerEvent => ({
  owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'team', name: 'web', uid },
  reason: 'PodDenied',
  note,
});

describe('events', () => {
  test('that are the same are counted', () => {
    const correlator = new EventCorrelator();
    const first = correlator.take(event('x'), 1_000);
    expect(first).toMatchObject({ count: 1, firstAt: 1_000, lastAt: 1_000 });
    const second = correlator.take(event('x'), 2_000);
    expect(second).toBe(first);
    expect(second).toMatchObject({ count: 2, firstAt: 1_000, lastAt: 2_000 });
  });

  test('that are similar are told as one, after ten different ones', () => {
    const correlator = new EventCorrelator();
    const taken = Array.from({ length: correlation.maxNotes + 3 }, (_, index) =>
      correlator.take(event(`x${index}`), 0),
    );
    const different = new Set(taken);
    expect(different.size).toBe(correlation.maxNotes + 1);
    expect(taken.at(-1)).toMatchObject({
      count: 3,
      event: { note: `(combined from similar events): x${correlation.maxNotes}` },
    });
  });

  test('of one owner are told 25 times at once and then once in five minutes, but are all counted', () => {
    const correlator = new EventCorrelator();
    const told = Array.from({ length: 100 }, () => correlator.take(event('x'), 0));
    expect(told.filter((one) => one !== undefined)).toHaveLength(correlation.burst);
    expect(correlator.take(event('x'), correlation.refillMs - 1)).toBeUndefined();
    expect(correlator.take(event('x'), correlation.refillMs)).toMatchObject({ count: 102 });
    expect(correlator.take(event('x', 'another'), 0)).toMatchObject({ count: 1 });
  });

  test('begin anew after ten minutes without any', () => {
    const correlator = new EventCorrelator();
    const first = correlator.take(event('x'), 0);
    expect(correlator.take(event('x'), correlation.forgetMs + 1)).toMatchObject({
      count: 1,
      firstAt: correlation.forgetMs + 1,
    });
    expect(first).toMatchObject({ count: 1 });
  });

  test('of the owners that had one last are remembered, and no more', () => {
    const correlator = new EventCorrelator();
    for (let index = 0; index < 3 * correlation.maxGroups; index++) correlator.take(event('x', `uid-${index}`), index);
    expect(correlator.size).toBe(correlation.maxGroups);
    expect(correlator.take(event('x', `uid-${3 * correlation.maxGroups - 1}`), 0)).toMatchObject({ count: 2 });
    expect(correlator.take(event('x', 'uid-0'), 0)).toMatchObject({ count: 1 });
  });
});
