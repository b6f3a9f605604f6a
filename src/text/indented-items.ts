import { readJsonItem } from './quick-document.ts';

const [space, tab, newline] = [0x20, 0x09, 0x0a];

/** An item, and where it ends in its chunk. */
export type FoundItem = { readonly value: object; readonly end: number };

/**
 * Finds the items of a JSON list that is indented as programs do it: the bracket that ends an item stands on a line of its
 * own, below the one that began it. To search for that line costs a tenth of what it costs to go through all bytes.
 *
 * What is found is the item, and neither a part of it nor more, because it parses: an object ends at one bracket only.
 */
export class IndentedItems {
  /** A line break, the indentation of the items, and a bracket. */
  #lastLine = Buffer.from('\n}');
  #hasFound = false;

  /** What the items end with; undefined where none was found. */
  get itemEnd(): Buffer | undefined {
    return this.#hasFound ? this.#lastLine : undefined;
  }

  /**
   * @param start where the opening bracket of the item stands
   * @returns undefined where the item is written otherwise, goes on behind the chunk, or is not sound
   */
  read(chunk: Buffer, start: number): FoundItem | undefined {
    let lineStart = start;
    while (chunk[lineStart - 1] === space || chunk[lineStart - 1] === tab) lineStart--;
    if (chunk[lineStart - 1] !== newline) return undefined;
    const indentation = chunk.subarray(lineStart, start);
    if (!indentation.equals(this.#lastLine.subarray(1, -1)))
      this.#lastLine = Buffer.concat([Buffer.from('\n'), indentation, Buffer.from('}')]);
    const found = chunk.indexOf(this.#lastLine, start);
    if (found < 0) return undefined;
    const end = found + this.#lastLine.length;
    const value = readJsonItem(chunk.subarray(start, end));
    this.#hasFound ||= value !== undefined;
    return value && { value, end };
  }
}
