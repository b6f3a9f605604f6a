import { availableParallelism } from 'node:os';
import { isSea } from 'node:sea';
import { Worker } from 'node:worker_threads';
import { openFile, readPiece } from '../follow/read-file.ts';
import { PartsReading, type ManifestEntry } from '../manifests/read-manifests.ts';
import { TextSplitter } from '../text/split-text.ts';
import type { AuditFinding } from './audit-finding.ts';
import { LineSpool } from './line-spool.ts';

/** What the other thread is told: where the file is open, the bytes that are its half, and the spools that it writes. */
export type HalfTask = {
  readonly file: string;
  readonly descriptor: number;
  readonly from: number;
  readonly to: number;
  readonly listHead: Uint8Array;
  readonly workloads: number;
  readonly entries: number;
};

/** What the other thread found besides workloads. */
export type HalfEntry = ManifestEntry | { readonly kind: 'found'; readonly found: AuditFinding };

/** Workloads that the other thread has put on disk; the lines of their sources count from the line `after`. */
export type SpooledWorkloads = { readonly kind: 'workloads'; readonly spool: LineSpool; readonly after: number };

export type HalvesOptions = {
  readonly signal: AbortSignal;
  /** So many bytes are worth a second thread: to start one takes as long as to read some MiB. */
  readonly minBytes?: number;
};

const worthwhileBytes = 64 * 1024 * 1024;

/** So much of a file is looked through for an item that begins in the middle; items are smaller by far. */
const searchedBytes = 1024 * 1024;

/** Whether another thread would have a processor. What one runs is a file of its own, which an executable does not have. */
const hasSecondThread = availableParallelism() > 1 && !isSea();

/**
 * Reads a file that is no pipe; of a long list in JSON, indented as kubectl writes it, two threads read one half each. An item
 * begins where an item ends, and a comma follows; that this is no part of another item shows when the first half has been
 * split up to there. Where it is one, the first thread goes on by itself.
 *
 * @returns the entries in the order of the text, and of the second half the workloads as spools that are the caller's to close
 */
export async function* readInHalves(
  file: string,
  { signal, minBytes = worthwhileBytes }: HalvesOptions,
): AsyncGenerator<Iterable<HalfEntry | SpooledWorkloads>, void, undefined> {
  const { descriptor, size, close } = await openFile(file);
  let half: SecondHalf | undefined;
  try {
    const splitter = new TextSplitter();
    let mayHalve = hasSecondThread;
    for (let [position, end] = [0, size]; position < end;) {
      const piece = readPiece(descriptor, position, end);
      if (piece.length === 0) break;
      position += piece.length;
      const reading = new PartsReading(splitter.push(piece), file);
      yield reading;
      if (reading.isTemplate) return;
      const list = mayHalve ? splitter.longList : undefined;
      if (list !== undefined) {
        mayHalve = false;
        end = (size - position > minBytes ? middle(descriptor, position, size, list.itemEnd) : undefined) ?? size;
        if (end < size)
          half = new SecondHalf({ file, descriptor, from: end, to: size, listHead: list.listHead }, signal);
      } else if (position === end && half !== undefined) {
        if (splitter.isBetweenItems) {
          yield await half.entries(splitter.line - 1);
          return;
        }
        await half.end();
        [half, end] = [undefined, size];
      }
    }
    yield new PartsReading(splitter.end(), file);
  } finally {
    await half?.end();
    await close();
  }
}

/** @returns where an item of a list ends, and the next begins, near the middle of the rest; undefined where none is found */
function middle(descriptor: number, from: number, to: number, itemEnd: Buffer): number | undefined {
  const start = from + Math.floor((to - from) / 2);
  const itemStart = Buffer.concat([itemEnd.subarray(0, -1), Buffer.from('{')]);
  const between = Buffer.concat([itemEnd, Buffer.from(','), itemStart]);
  for (let position = start; position < Math.min(start + searchedBytes, to);) {
    const piece = readPiece(descriptor, position, to);
    const found = piece.indexOf(between);
    if (found >= 0) return position + found + itemEnd.length + 1;
    if (piece.length < between.length) return undefined;
    position += piece.length - between.length + 1;
  }
  return undefined;
}

/** The thread that reads the second half, and what it writes. */
class SecondHalf {
  readonly #signal: AbortSignal;
  readonly #thread: Worker;
  readonly #workloads = new LineSpool();
  readonly #entries = new LineSpool();
  /** Why it ended, where it did not get to its end. */
  readonly #failure: Promise<Error | undefined>;
  #isTaken = false;
  readonly #stop = () => void this.#thread.terminate();

  constructor(task: Omit<HalfTask, 'workloads' | 'entries'>, signal: AbortSignal) {
    const workerData: HalfTask = {
      ...task,
      workloads: this.#workloads.descriptor,
      entries: this.#entries.descriptor,
    };
    this.#thread = new Worker(threadUrl, { workerData });
    this.#failure = new Promise((resolve) => {
      this.#thread.once('error', resolve);
      this.#thread.once('exit', (code) => {
        resolve(code === 0 ? undefined : new Error(`the thread that read its second half ended with ${code}`));
      });
    });
    this.#signal = signal;
    signal.addEventListener('abort', this.#stop);
    if (signal.aborted) this.#stop();
  }

  /** Waits until it has read all. @param after the line of the file that its first one follows @throws why it could not */
  async entries(after: number): Promise<Iterable<HalfEntry | SpooledWorkloads>> {
    const failure = await this.#failure;
    if (this.#signal.aborted) return [];
    if (failure !== undefined) throw failure;
    return this.#take(after);
  }

  *#take(after: number): Generator<HalfEntry | SpooledWorkloads, void, undefined> {
    this.#isTaken = true;
    yield { kind: 'workloads', spool: this.#workloads, after };
    for (const line of this.#entries.lines()) yield atItsLine(JSON.parse(line) as HalfEntry, after);
  }

  /** Stops it where it still reads. */
  async end(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop);
    await this.#thread.terminate();
    this.#entries.close();
    if (!this.#isTaken) this.#workloads.close();
  }
}

/** Beside this module, in src as in dist. */
const threadUrl = new URL(`./second-half-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

function atItsLine(entry: HalfEntry, after: number): HalfEntry {
  if (entry.kind === 'object') return { kind: 'object', object: lowered(entry.object, after) };
  if (entry.kind === 'found') return { kind: 'found', found: lowered(entry.found, after) };
  return { kind: entry.kind, finding: lowered(entry.finding, after) };
}

/** What was found in a text, as found in the file that has so many lines before it. */
export function lowered<Found extends { readonly source?: { readonly line: number } | undefined }>(
  found: Found,
  after: number,
): Found {
  return found.source === undefined || after === 0
    ? found
    : { ...found, source: { ...found.source, line: found.source.line + after } };
}
