import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bufferBytes = 64 * 1024;

const newline = 0x0a;

/**
 * Lines on disk: what is too much for memory, written once and read in the same order as often as it takes. The file
 * has no name any more once it is open, so that nothing is left of it however the process ends.
 */
export class LineSpool {
  /** Of the open file: another thread of the process may write the lines by a spool of its own. */
  readonly descriptor: number;
  #pending: string[] = [];
  #pendingLength = 0;

  /**
   * @param descriptor of a spool in another thread; a new file unless given
   * @throws where there is no room for temporary files
   */
  constructor(descriptor = openNameless()) {
    this.descriptor = descriptor;
  }

  /** @param line a text without line breaks, such as JSON */
  append(line: string): void {
    this.#pending.push(line);
    this.#pendingLength += line.length;
    if (this.#pendingLength > bufferBytes) this.flush();
  }

  /** The lines so far. */
  *lines(): Generator<string, void, undefined> {
    this.flush();
    let buffer = Buffer.allocUnsafe(bufferBytes);
    let held = 0;
    for (let position = 0; ;) {
      if (held === buffer.length) buffer = Buffer.concat([buffer], 2 * held);
      const size = readSync(this.descriptor, buffer, held, buffer.length - held, position);
      if (size === 0) return;
      position += size;
      const end = held + size;
      let start = 0;
      for (let next = buffer.indexOf(newline, held); next >= 0 && next < end; next = buffer.indexOf(newline, start)) {
        yield buffer.toString('utf8', start, next);
        start = next + 1;
      }
      held = buffer.copy(buffer, 0, start, end);
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** Writes what waits to be written. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(`${this.#pending.join('\n')}\n`);
    this.#pending = [];
    this.#pendingLength = 0;
    for (let written = 0; written < bytes.length;) written += writeSync(this.descriptor, bytes, written);
  }
}

function openNameless(): number {
  const directory = mkdtempSync(join(tmpdir(), 'shimgate-'));
  try {
    return openSync(join(directory, 'spool'), 'wx+', 0o600);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
