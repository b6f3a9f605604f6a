import { setTimeout as sleep } from 'node:timers/promises';

/**
 * As client-go's reflector: from 0.8 s, doubled, and spread so that replicas do not come in step. At most 10 s and not
 * its 30, since verdicts go by what is known until the API server is asked again.
 */
const clientGo = { firstMs: 800, maxMs: 10_000, jitter: 1 };

/** Waits before another try. @param failures tries in a row that failed, at least 1 @param signal ends the wait */
export type Pause = (failures: number, signal: AbortSignal) => Promise<void>;

/** Makes pauses that begin with `firstMs`, are doubled with each failure and never longer than `maxMs`, but for the spread. */
export function backOff({ firstMs, maxMs, jitter }: typeof clientGo): Pause {
  return async (failures, signal) => {
    const delayMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 6));
    const spreadMs = delayMs * (1 + Math.random() * jitter);
    await sleep(spreadMs, undefined, { signal }).catch(() => undefined);
  };
}

export const pauseAfter = backOff(clientGo);
