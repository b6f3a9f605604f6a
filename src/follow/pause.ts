import { setTimeout as sleep } from 'node:timers/promises';

/**
 * As client-go's reflector: from 0.8 s, doubled, and spread so that replicas do not come in step. At most 10 s and not
 * its 30, since verdicts go by what is known until the API server is asked again.
 */
const backoff = { firstMs: 800, maxMs: 10_000, jitter: 1 };

/** Waits before another try. @param failures tries in a row that failed, at least 1 @param signal ends the wait */
export async function pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
  const delayMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, 6));
  const spreadMs = delayMs * (1 + Math.random() * backoff.jitter);
  await sleep(spreadMs, undefined, { signal }).catch(() => undefined);
}
