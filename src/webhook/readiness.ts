import type { ReadinessCheck } from '../follow/follower.ts';

/** How a check is at the moment. */
export type CheckResult = { readonly name: string; readonly reason: string | undefined; readonly more?: string };

/** Whether the process may be asked: what it follows joins with its checks, in the order in which they are shown. */
export class Readiness {
  readonly #checks: ReadinessCheck[] = [];

  join(checks: readonly ReadinessCheck[]): void {
    this.#checks.push(...checks);
  }

  get isReady(): boolean {
    return this.#checks.every(({ failure }) => failure() === undefined);
  }

  results(): readonly CheckResult[] {
    return this.#checks.map(({ name, failure, detail }) => {
      const more = detail?.();
      return { name, reason: failure(), ...(more !== undefined && { more }) };
    });
  }
}
