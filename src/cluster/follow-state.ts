import type { CacheState, ReadinessCheck } from '../follow/follower.ts';

/** What a reflector knows of itself. */
type Followed = {
  readonly kind: string;
  readonly objects: ReadonlyMap<string, unknown>;
  readonly isSynced: boolean;
  readonly failure: string | undefined;
  readonly stalenessSeconds: (now: number) => number | undefined;
};

export function cacheState(followed: Followed): CacheState {
  const stalenessSeconds = followed.stalenessSeconds(Date.now()) ?? 0;
  return { kind: followed.kind, count: followed.objects.size, stalenessSeconds };
}

/** Ready once a kind was read. That it can no longer be followed shows in ?verbose, and takes no verdicts away. */
export function syncCheck(followed: Followed): ReadinessCheck {
  return {
    name: `sync ${followed.kind}`,
    failure: () => (followed.isSynced ? undefined : (followed.failure ?? 'not read yet')),
    detail: () => {
      const seconds = followed.stalenessSeconds(Date.now()) ?? 0;
      return seconds === 0 ? undefined : `last heard of ${Math.round(seconds)} s ago: ${followed.failure ?? ''}`;
    },
  };
}
