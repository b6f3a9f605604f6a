import { BoundedBytes, wholeDocumentBytes, type SplitPart } from './text-part.ts';

const newline = 0x0a;

/** A line that begins a document, and one that ends it. Neither may stand in a scalar. Source: YAML 1.2.2, 9.1.4. */
const documentStart = /^---(?:\s|$)/;
const documentEnd = /^\.\.\.(?:\s|$)/;

/** Lines that are no content: blank ones, comments and directives. */
const withoutContent = /^(?:\s*(?:#.*)?|%.*)$/;

/** Longer lines are content, and begin nothing. */
const maxMarkerBytes = 1024;

/**
 * Splits a text of YAML documents, as it comes, at the lines between them; and a list that is too long to be parsed
 * whole into its items.
 */
export class YamlSplitter {
  #line: number;
  #start: number;
  readonly #document = new BoundedBytes();
  #hasContent = false;
  /** Whether the document before was ended by a line of its own, and none has begun since. */
  #isAfterEnd = false;
  /** The beginning of a line whose end has not come yet. */
  readonly #pending = new BoundedBytes();
  #list: ItemCollector | undefined;

  /** @param line of the file at which the text begins */
  constructor(line = 1) {
    this.#line = line;
    this.#start = line;
  }

  /** @returns the parts that are complete */
  push(chunk: Buffer): readonly SplitPart[] {
    const parts: SplitPart[] = [];
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      const piece = chunk.subarray(from, end + 1);
      from = end + 1;
      if (this.#pending.size === 0) {
        this.#readLine(piece, parts);
      } else {
        this.#pending.push(piece);
        this.#readPending(parts);
      }
    }
    if (from < chunk.length) this.#pending.push(chunk.subarray(from));
    return parts;
  }

  end(): readonly SplitPart[] {
    const parts: SplitPart[] = [];
    if (this.#pending.size > 0) this.#readPending(parts);
    this.#endDocument(parts);
    return parts;
  }

  #readPending(parts: SplitPart[]): void {
    const { isOversized } = this.#pending;
    const line = this.#pending.take();
    if (!isOversized) {
      this.#readLine(line, parts);
      return;
    }
    parts.push({ form: 'oversized', line: this.#line });
    this.#line++;
  }

  #readLine(bytes: Buffer, parts: SplitPart[]): void {
    const text = bytes.length > maxMarkerBytes ? 'content' : bytes.toString('latin1').trimEnd();
    if (documentStart.test(text) && this.#hasContent) this.#endDocument(parts);
    const line = this.#line++;
    if (![withoutContent, documentStart, documentEnd].some((pattern) => pattern.test(text))) this.#hasContent = true;
    else if (/^---\s+[^\s#]/.test(text)) this.#hasContent = true;
    if (this.#document.size === 0 && this.#list?.isLong !== true) this.#start = line;
    if (this.#list?.isLong !== true) this.#document.push(bytes);
    this.#list?.push(bytes, text, line);
    if (this.#list === undefined && !this.#isAfterEnd && /^items:\s*(?:#.*)?$/.test(text)) {
      this.#list = new ItemCollector(Buffer.concat([this.#document.peek(), Buffer.from('  []\n')]));
    }
    if (this.#list !== undefined && this.#document.size > wholeDocumentBytes && this.#list.hasItems) {
      this.#list.isLong = true;
      this.#document.clear();
    }
    if (this.#list?.isLong === true) parts.push(...this.#list.take());
    if (documentStart.test(text)) this.#isAfterEnd = false;
    if (!documentEnd.test(text)) return;
    this.#endDocument(parts);
    this.#isAfterEnd = true;
  }

  #endDocument(parts: SplitPart[]): void {
    if (this.#isAfterEnd && this.#hasContent) parts.push({ form: 'after end', line: this.#start });
    else if (this.#list?.isLong === true) parts.push(...this.#list.end());
    else if (this.#document.isOversized) parts.push({ form: 'oversized', line: this.#start });
    else if (this.#hasContent) parts.push({ bytes: this.#document.peek(), line: this.#start, form: 'documents' });
    this.#document.clear();
    this.#list = undefined;
    this.#hasContent = false;
  }
}

/** Gathers the items of one list, line by line. */
class ItemCollector {
  isLong = false;
  readonly #head: Buffer;
  readonly #item = new BoundedBytes();
  #itemStart = 0;
  /** What stands before an item: spaces and a dash. */
  #marker: string | undefined;
  #isOver = false;
  #items: SplitPart[] = [];

  constructor(head: Buffer) {
    this.#head = head;
  }

  get hasItems(): boolean {
    return this.#items.length > 0;
  }

  push(bytes: Buffer, text: string, line: number): void {
    if (this.#isOver) return;
    this.#marker ??= /^ *-(?= |$)/.exec(text)?.[0];
    if (
      this.#marker !== undefined &&
      text.startsWith(this.#marker) &&
      /^(?: |$)/.test(text.slice(this.#marker.length))
    ) {
      this.#endItem();
      this.#itemStart = line;
    } else if (/^[^\s#]/.test(text)) {
      this.#endItem();
      this.#isOver = true;
      return;
    }
    if (this.#itemStart > 0) this.#item.push(bytes);
  }

  take(): readonly SplitPart[] {
    return this.#items.splice(0);
  }

  end(): readonly SplitPart[] {
    if (!this.#isOver) this.#endItem();
    return this.take();
  }

  #endItem(): void {
    if (this.#itemStart === 0) return;
    const line = this.#itemStart;
    if (this.#item.isOversized) this.#items.push({ form: 'oversized', line });
    else this.#items.push({ bytes: this.#item.peek(), line, form: 'YAML item', listHead: this.#head });
    this.#item.clear();
    this.#itemStart = 0;
  }
}
