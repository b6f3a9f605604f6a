const lineIntervalMs = 15_000;
const terminalIntervalMs = 1_000;

/** Shows that a long build goes on: one updating line on a terminal, elsewhere a line every 15 s. */
export class BuildProgress {
  readonly #what: string;
  readonly #usualSeconds: number;
  readonly #startedAtMs = Date.now();
  readonly #timer: NodeJS.Timeout;
  #detail = '';

  /**
   * @param what What is built, such as `kubectl 1.37.2`.
   * @param usualSeconds How long that takes on two cores with nothing cached.
   */
  constructor(what: string, usualSeconds: number) {
    this.#what = what;
    this.#usualSeconds = usualSeconds;
    this.#timer = setInterval(
      () => {
        this.#show();
      },
      process.stderr.isTTY ? terminalIntervalMs : lineIntervalMs,
    );
    if (process.stderr.isTTY) {
      this.#show();
    }
  }

  /** Sets what is shown beside the time, such as `312 packages compiled`. */
  detail(text: string): void {
    this.#detail = text;
  }

  /** Ends the display. @param outcome `built`, or what went wrong in a word or two. */
  end(outcome: string): void {
    clearInterval(this.#timer);
    this.#clearLine();
    process.stderr.write(`  ${this.#what}: ${outcome} after ${formatDuration(this.#elapsedSeconds())}\n`);
  }

  #show(): void {
    this.#clearLine();
    const usual = `usually ${formatDuration(this.#usualSeconds)} on two cores`;
    const parts = [formatDuration(this.#elapsedSeconds()), usual, this.#detail].filter((part) => part !== '');
    process.stderr.write(`  ${this.#what}: ${parts.join(', ')}${process.stderr.isTTY ? '' : '\n'}`);
  }

  #clearLine(): void {
    if (process.stderr.isTTY) {
      process.stderr.write('\r\u001B[2K');
    }
  }

  #elapsedSeconds(): number {
    return Math.round((Date.now() - this.#startedAtMs) / 1000);
  }
}

/** Writes seconds for people: `45 s`, `5 min 20 s`. */
export function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
