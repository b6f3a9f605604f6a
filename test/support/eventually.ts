import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 100;

/**
 * Tries a check again and again until it passes.
 *
 * @param timeoutMs after so many milliseconds it has failed
 * @returns what the check returned
 * @throws what the check threw at last
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(pollMs);
    }
  }
}
