/** How long a policy has to be there until every API server is taken to go by it: they look at policies once a second. */
export const propagationMs = 2_000;

/** Since when each class has had which handler in the interlock. Times are in milliseconds, of one clock. */
export class LockedHandlers {
  #locked: ReadonlyMap<string, { readonly handler: string; readonly since: number }> = new Map();

  /** @param handlers what the interlock says now, by class */
  note(handlers: ReadonlyMap<string, string>, now: number): void {
    this.#locked = new Map(
      [...handlers].map(([of, handler]) => {
        const known = this.#locked.get(of);
        return [of, known?.handler === handler ? known : { handler, since: now }];
      }),
    );
  }

  /**
   * Whether every API server is taken to keep a class to its handler.
   *
   * @param isAnswered whether pods of it are answered already: then a replica has seen it locked for long enough. Without that, one
   *   that starts would take all answers away until it has seen so itself, and for good where it ends before.
   */
  has(className: string, handler: string, now: number, isAnswered: (className: string) => boolean): boolean {
    const locked = this.#locked.get(className);
    return locked?.handler === handler && (now - locked.since >= propagationMs || isAnswered(className));
  }
}
