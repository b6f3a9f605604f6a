import { availableParallelism } from 'node:os';
import { isSea } from 'node:sea';
import { openFile, readPiece } from '../follow/read-file.ts';
import { PartsReading, type ManifestEntry } from '../manifests/read-manifests.ts';
import { TextSplitter } from '../text/split-text.ts';
import { SecondHalf, type HalfEntry, type SpooledWorkloads } from './second-half.ts';

export type HalvesOptions = {
  readonly signal: AbortSignal;
  /** Whether a second thread may run. */
  readonly mayHalve?: boolean;
  /** Bytes that have to be left for a second thread to pay: to start one takes as long as to read some MiB. */
  readonly minBytes?: number;
};

const worthwhileBytes = 64 * 1024 * 1024;

/** So much of a file is looked through for an item that begins in the middle; items are smaller by far. */
const searchedBytes = 1024 * 1024;

/** Whether another thread would have a processor. What it runs is a file of its own, which an executable does not have. */
const hasSecondThread = availableParallelism() > 1 && !isSea();

/**
 * Reads a file that is no pipe; of a long list in JSON, indented as kubectl writes it, two threads read one half each. Where
 * the second begins, an item seems to end and another to begin. Whether that is so is known once the first half has been
 * split; if not, or if the second thread could not do it, the first one reads on alone.
 *
 * @returns the entries in the order of the text, and of the second half the workloads as spools that are the caller's to close
 */
export async function* readInHalves(
  file: string,
  { signal, mayHalve = hasSecondThread, minBytes = worthwhileBytes }: HalvesOptions,
): AsyncGenerator<Iterable<ManifestEntry | HalfEntry | SpooledWorkloads>, void, undefined> {
  const { descriptor, size, close } = await openFile(file);
  let half: SecondHalf | undefined;
  try {
    const splitter = new TextSplitter();
    let isUndecided = mayHalve;
    for (let [position, end] = [0, size]; position < end;) {
      const piece = readPiece(descriptor, position, end);
      if (piece.length === 0) break;
      position += piece.length;
      const reading = new PartsReading(splitter.push(piece), file);
      yield reading;
      if (reading.isTemplate) return;
      const list = isUndecided ? splitter.json?.longList : undefined;
      if (list !== undefined) {
        isUndecided = false;
        const from = size - position > minBytes ? middle(descriptor, position, size, list.itemEnd) : undefined;
        if (from !== undefined)
          half = new SecondHalf({ file, descriptor, from, to: size, listHead: list.listHead }, signal);
        end = half?.from ?? size;
      } else if (half !== undefined && position === end) {
        const entries = splitter.json && (await half.whenRead(splitter.json));
        if (entries !== undefined) {
          yield entries;
          return;
        }
        await half.stop();
        [half, end] = [undefined, size];
      }
    }
    yield new PartsReading(splitter.end(), file);
  } finally {
    await half?.stop();
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
