/** A check of readiness. */
export type ReadinessCheck = {
  readonly name: string;
  /** Undefined where all is well, else the reason why it is not. */
  readonly failure: () => string | undefined;
  /** What ?verbose adds to a check that is fine. */
  readonly detail?: () => string | undefined;
};

/** How many objects of a kind are held in memory, and how old that knowledge is. */
export type CacheState = { readonly kind: string; readonly count: number; readonly stalenessSeconds: number };

/** Something that follows what changes elsewhere, and says itself how it is. */
export type Follower = {
  readonly checks: readonly ReadinessCheck[];
  /** What it holds of the API server's objects. */
  readonly caches: () => readonly CacheState[];
  /** Stops to follow. What is still followed would keep the process alive. */
  readonly close: () => void | Promise<void>;
};
