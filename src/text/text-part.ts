/** A piece of a file that can be parsed on its own. */
export type TextPart = {
  readonly bytes: Buffer;
  /** The line of the file at which it begins; counts from 1. */
  readonly line: number;
  /** Documents, or one item of a list that is too long to be parsed whole, as YAML (`- …`) or as JSON (`{…}`). */
  readonly form: 'documents' | 'YAML item' | 'JSON item';
  /** Of an item: its list up to the items, as a document of its own. */
  readonly listHead?: Buffer;
};

/** A part that is larger than any Kubernetes object, and no list: it is passed over. */
export type OversizedPart = { readonly form: 'oversized'; readonly line: number };

/** What comes after the end of a document (`...`), without a line that begins another: kubectl passes over it. */
export type UnreadPart = { readonly form: 'after end'; readonly line: number };

/** An item of such a list that could only be told from what follows it by parsing it. */
export type ItemPart = {
  readonly form: 'item';
  readonly value: object;
  readonly line: number;
  readonly listHead?: Buffer;
};

export type SplitPart = TextPart | ItemPart | OversizedPart | UnreadPart;

/** A list beyond this is parsed item by item; shorter ones, and what is no list, are parsed whole. */
export const wholeDocumentBytes = 256 * 1024;

/** The API server takes no object of more than 3 MiB, which as indented text is some times as much. */
export const maxDocumentBytes = 16 * 1024 * 1024;

/** Bytes that are gathered up to the limit. Beyond it they are only counted. */
export class BoundedBytes {
  #pieces: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get isOversized(): boolean {
    return this.#size > maxDocumentBytes;
  }

  push(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.isOversized) this.#pieces = [];
    else if (bytes.length > 0) this.#pieces.push(bytes);
  }

  /** Everything so far, which it then no longer holds. */
  take(): Buffer {
    const bytes = this.peek();
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#pieces = [];
    this.#size = 0;
  }

  peek(): Buffer {
    return this.#pieces.length === 1 ? (this.#pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#pieces);
  }
}
