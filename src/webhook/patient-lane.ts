/** After work that took so long, other work has three times as long: a quarter of the time at most is spent here. */
const restFactor = 3;

/** Does work that holds everything else up, one piece after the other, with time between them for everything else. */
export class PatientLane {
  readonly #waiting: (() => void)[] = [];
  #isResting = false;

  /** Does it at once where nothing was done for long enough. */
  do(work: () => void): void {
    if (this.#isResting) this.#waiting.push(work);
    else this.#start(work);
  }

  #start(work: () => void): void {
    const began = performance.now();
    this.#isResting = true;
    work();
    setTimeout(
      () => {
        this.#isResting = false;
        const next = this.#waiting.shift();
        if (next !== undefined) this.#start(next);
      },
      restFactor * (performance.now() - began),
    );
  }
}
