import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bufferBytes = 64 * 1024;

/**
 * Lines on disk: what is too much for memory, written once and read in the same order as often as it takes. The file
 * has no name any more once it is open, so that nothing is left of it however the process ends.
 */
export class LineSpool {
  readonly #fd: number;
  #pending: string[] = [];
  #pendingLength = 0;

  /** @throws where there is no room for temporary files */
  constructor() {
    const directory = mkdtempSync(join(tmpdir(), 'shimgate-'));
    try {
      this.#fd = openSync(join(directory, 'spool'), 'wx+', 0o600);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  /** @param line a text without line breaks, such as JSON */
  append(line: string): void {
    this.#pending.push(line);
    this.#pendingLength += line.length;
    if (this.#pendingLength > bufferBytes) this.#flush();
  }

  /** The lines so far. */
  *lines(): Generator<string, void, undefined> {
    this.#flush();
    const decoder = new TextDecoder();
    const buffer = Buffer.alloc(bufferBytes);
    let rest = '';
    for (let position = 0; ;) {
      const size = readSync(this.#fd, buffer, 0, buffer.length, position);
      if (size === 0) return;
      position += size;
      const lines = (rest + decoder.decode(buffer.subarray(0, size), { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(`${this.#pending.join('\n')}\n`);
    this.#pending = [];
    this.#pendingLength = 0;
    for (let written = 0; written < bytes.length;) written += writeSync(this.#fd, bytes, written);
  }
}
