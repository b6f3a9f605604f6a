/**
 * The API server is asked for as many things as a replica asks at a time. Whoever asked is to ask again in a second: by
 * then a watch has brought what is new.
 */
export class TooManyLookUps extends Error {}

export type LookUpLimits = {
  /** Look-ups at a time. */
  readonly atATime: number;
  /** So many milliseconds an answer that may be remembered is. */
  readonly rememberMs: number;
};

/** So many answers are remembered at most, the latest. */
const maxRemembered = 1_000;

/**
 * Look-ups by request: who asks the same at the same time shares one; only some are on their way at a time; and that
 * something is not there is remembered for a moment, so that it costs the API server little to be asked for it again and again.
 */
export class LookUps<T> {
  readonly #limits: LookUpLimits;
  readonly #running = new Map<string, Promise<T>>();
  readonly #remembered = new Map<string, { readonly answer: T; readonly until: number }>();

  constructor(limits: LookUpLimits) {
    this.#limits = limits;
  }

  /**
   * @param ask asks the API server
   * @param isAbsence whether an answer says that nothing is there
   * @throws TooManyLookUps where too many others are on their way
   */
  async find(key: string, ask: () => Promise<T>, isAbsence: (answer: T) => boolean): Promise<T> {
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined && remembered.until > performance.now()) return remembered.answer;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    if (this.#running.size >= this.#limits.atATime) throw new TooManyLookUps('too many look-ups at a time');
    const asked = ask().finally(() => this.#running.delete(key));
    this.#running.set(key, asked);
    const answer = await asked;
    if (isAbsence(answer)) this.#remember(key, answer);
    return answer;
  }

  #remember(key: string, answer: T): void {
    // The latest stand last.
    this.#remembered.delete(key);
    this.#remembered.set(key, { answer, until: performance.now() + this.#limits.rememberMs });
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= maxRemembered) break;
      this.#remembered.delete(oldest);
    }
  }
}
