import type { Readable } from 'node:stream';

/** How often what waits goes on, in milliseconds. */
const tickMs = 10;

/** Reads several streams no faster than at a rate, all of them together. */
export class PacedReading {
  readonly #bytesPerTick: number;
  readonly #waiting = new Set<Readable>();
  #left: number;
  #isTicking = false;

  constructor(bytesPerSecond: number) {
    this.#bytesPerTick = (bytesPerSecond * tickMs) / 1000;
    this.#left = this.#bytesPerTick;
  }

  /** Notes that so much of a stream was read, and pauses it where that was too much for now. */
  read(stream: Readable, bytes: number): void {
    this.#left -= bytes;
    if (!this.#isTicking) this.#tickSoon();
    if (this.#left > 0) return;
    stream.pause();
    this.#waiting.add(stream);
  }

  #tickSoon(): void {
    this.#isTicking = true;
    setTimeout(() => {
      this.#isTicking = false;
      this.#left = Math.min(this.#bytesPerTick, this.#left + this.#bytesPerTick);
      if (this.#left > 0) {
        for (const stream of this.#waiting) stream.resume();
        this.#waiting.clear();
      }
      if (this.#left < this.#bytesPerTick) this.#tickSoon();
    }, tickMs);
  }
}
