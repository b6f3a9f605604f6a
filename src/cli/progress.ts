import { visible } from '../finding/quote.ts';

const redrawMs = 200;

/** Of a terminal that does not say how wide it is. */
const defaultColumns = 80;

/** Shows how reading goes on, on a terminal: what is read, how many, and how fast. In a pipe it shows nothing. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #kind = '';
  #count = 0;
  #startedAt = 0;
  #drawnAt = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** One more object of a kind has been read. */
  readonly count = (kind: string): void => {
    if (!this.#stream.isTTY) return;
    const now = performance.now();
    if (kind !== this.#kind) {
      this.#kind = kind;
      this.#count = 0;
      this.#startedAt = now;
    }
    this.#count++;
    if (now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    const seconds = (now - this.#startedAt) / 1000;
    const rate = seconds > 0 ? `, ${Math.round(this.#count / seconds).toLocaleString('en-US')}/s` : '';
    this.#draw(`${kind} ${this.#count.toLocaleString('en-US')}${rate}`);
  };

  /** Takes the line away. */
  end(): void {
    if (this.#drawnAt > 0) this.#draw('');
    this.#drawnAt = 0;
  }

  #draw(text: string): void {
    this.#stream.write(`\r\u001b[2K${visible(text).slice(0, (this.#stream.columns || defaultColumns) - 1)}`);
  }
}
