import { IndentedItems } from './indented-items.ts';
import { countNewlines } from './newlines.ts';
import { BoundedBytes, wholeDocumentBytes, type SplitPart, type TextPart } from './text-part.ts';

const newline = 0x0a;
const quoteMark = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === newline || byte === 0x0d;
}

/** Indentation, of which large texts consist for the most part, read as one number. */
const fourSpaces = { length: 4, value: 0x20202020 } as const;

/** A list that is too long to be parsed whole: the list up to its items, as a document, and the line that ends each of them. */
export type LongList = { readonly listHead: Buffer; readonly itemEnd: Buffer };

/** The depth within an item of a list: the list, its items, the item. */
const itemDepth = 3;

/**
 * Splits a text of JSON objects that follow each other, as it comes: each is a part, and of a list that is too long to
 * be parsed whole each of its `items`. Only brackets and strings are told apart; what is no JSON otherwise shows when
 * the part is parsed.
 */
export class JsonSplitter {
  #line = 1;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** The last string at depth 1, as far as it takes to tell whether it is the key `items`. */
  #key = '';
  #isInItems = false;
  #start = 1;
  #itemStart = 1;
  #isLong = false;
  readonly #whole = new BoundedBytes();
  readonly #item = new BoundedBytes();
  readonly #indented = new IndentedItems();
  #listHead: Buffer | undefined;
  #items: SplitPart[] = [];

  /** @param listHead of the list in which the text goes on, between two of its items: one that is too long to be parsed whole */
  constructor(listHead?: Buffer) {
    if (listHead === undefined) return;
    this.#depth = itemDepth - 1;
    this.#isInItems = this.#isLong = true;
    this.#key = 'items';
    this.#listHead = listHead;
  }

  /** The line that has been reached. */
  get line(): number {
    return this.#line;
  }

  /** The list that is being split, where it is too long to be parsed whole and indented. */
  get longList(): LongList | undefined {
    const [listHead, { itemEnd }] = [this.#listHead, this.#indented];
    return this.#isLong && this.#isInItems && listHead && itemEnd ? { listHead, itemEnd } : undefined;
  }

  /** Whether the text so far ends between two items of a list with this head. */
  isBetweenItemsOf(listHead: Buffer): boolean {
    const isBetween = this.#isLong && this.#isInItems && this.#depth === itemDepth - 1 && !this.#isInString;
    return isBetween && this.#listHead?.equals(listHead) === true;
  }

  /**
   * Yields each part that is complete before it looks for the next one, so that none is held in vain; who takes them must
   * take them all.
   *
   * @returns the rest of the chunk where something begins that is no JSON object
   */
  *push(chunk: Buffer): Generator<SplitPart, Buffer | undefined, undefined> {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    let mayBeIndented = true;
    const putAwayUntil = (to: number) => {
      this.#putAway(chunk.subarray(from, to));
      from = to;
    };
    for (let index = 0; index < chunk.length; index++) {
      if (this.#depth > this.#shallowDepth && !this.#isEscaped) {
        index = this.#skipNested(view, index);
        if (index === chunk.length) break;
      }
      const byte = chunk[index] ?? 0;
      if (byte === newline) this.#line++;
      if (this.#isInString) {
        this.#readString(byte);
      } else if (byte === quoteMark) {
        this.#isInString = true;
        if (this.#depth === 1) this.#key = '';
      } else if (byte === openBrace || byte === openBracket) {
        if (this.#depth === 0) {
          if (byte === openBracket) return chunk.subarray(index);
          from = index;
          this.#start = this.#line;
        }
        if (this.#depth === itemDepth - 1 && this.#isInItems) {
          const item = mayBeIndented && this.#isLong ? this.#indented.read(chunk, index) : undefined;
          if (item !== undefined) {
            yield { form: 'item', value: item.value, line: this.#line, ...this.#ofList };
            this.#line += countNewlines(chunk, index, item.end);
            from = item.end;
            index = item.end - 1;
            continue;
          }
          mayBeIndented = false;
          putAwayUntil(index);
          this.#itemStart = this.#line;
        }
        this.#depth++;
        if (this.#depth === 2 && byte === openBracket && this.#key === 'items') {
          putAwayUntil(index + 1);
          this.#beginItems();
        }
      } else if (byte === closeBrace || byte === closeBracket) {
        const isItem = this.#depth === itemDepth && this.#isInItems;
        if (isItem || this.#depth === 1) putAwayUntil(index + 1);
        this.#depth--;
        if (isItem) {
          this.#endItem();
          yield* this.#takeItems();
        }
        if (this.#depth === 1) this.#isInItems = false;
        if (this.#depth === 0) yield* this.#endValue();
      } else if (this.#depth === 0 && !isSpace(byte)) {
        return chunk.subarray(index);
      } else if (this.#depth === 1 && byte !== colon && !isSpace(byte)) {
        this.#key = '';
      }
    }
    if (this.#depth > 0) putAwayUntil(chunk.length);
    yield* this.#takeItems();
    return undefined;
  }

  /** Down to here each byte matters. */
  get #shallowDepth(): number {
    return this.#isInItems ? itemDepth - 1 : 1;
  }

  /**
   * Goes through what is nested in an item or in a field, which is nearly all of a text: nothing but its end and its
   * lines count, so that this is one tight loop.
   *
   * @returns where the bracket stands that ends it, or the end of the chunk
   */
  #skipNested(view: DataView, from: number): number {
    const outside = this.#shallowDepth + 1;
    const end = view.byteLength;
    let depth = this.#depth;
    let line = this.#line;
    let isInString = this.#isInString;
    let index = from;
    while (index < end) {
      const byte = view.getUint8(index);
      if (isInString) {
        if (byte === quoteMark) isInString = false;
        else if (byte === newline) line++;
        else if (byte === backslash && ++index < end && view.getUint8(index) === newline) line++;
      } else if (byte === quoteMark) {
        isInString = true;
      } else if (byte === newline) {
        line++;
        while (index + fourSpaces.length < end && view.getUint32(index + 1) === fourSpaces.value)
          index += fourSpaces.length;
      } else if (byte === openBrace || byte === openBracket) {
        depth++;
      } else if (byte === closeBrace || byte === closeBracket) {
        if (depth === outside) break;
        depth--;
      }
      index++;
    }
    this.#depth = depth;
    this.#line = line;
    this.#isInString = isInString;
    // A backslash was the last byte.
    this.#isEscaped = index > end;
    return Math.min(index, end);
  }

  /** What is left at the end of the text: an object that does not end. */
  end(): readonly SplitPart[] {
    return this.#depth === 0 ? [] : this.#endValue();
  }

  #putAway(bytes: Buffer): void {
    if (!this.#isLong) this.#whole.push(bytes);
    if (this.#isInItems && this.#depth >= itemDepth) this.#item.push(bytes);
  }

  #readString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quoteMark) {
      this.#isInString = false;
      return;
    }
    if (this.#depth === 1 && this.#key.length <= 'items'.length) this.#key += String.fromCharCode(byte);
  }

  #beginItems(): void {
    this.#isInItems = true;
    this.#listHead = Buffer.concat([this.#whole.peek(), Buffer.from(']}')]);
  }

  #endItem(): void {
    const line = this.#itemStart;
    const { isOversized } = this.#item;
    const bytes = this.#item.take();
    if (isOversized) this.#items.push({ form: 'oversized', line });
    else this.#items.push({ bytes, line, form: 'JSON item', ...this.#ofList });
  }

  get #ofList(): Pick<TextPart, 'listHead'> {
    return this.#listHead === undefined ? {} : { listHead: this.#listHead };
  }

  /** The items that are complete, once the list is known to be too long for one part. */
  #takeItems(): readonly SplitPart[] {
    if (!this.#isLong && this.#items.length > 0 && this.#whole.size > wholeDocumentBytes) {
      this.#isLong = true;
      this.#whole.clear();
    }
    return this.#isLong ? this.#items.splice(0) : [];
  }

  #endValue(): readonly SplitPart[] {
    const items = this.#takeItems();
    const parts = this.#isLong ? items : [this.#wholePart()];
    this.#whole.clear();
    this.#item.clear();
    this.#items = [];
    this.#depth = 0;
    this.#isInItems = this.#isLong = this.#isInString = this.#isEscaped = false;
    return parts;
  }

  #wholePart(): SplitPart {
    if (this.#whole.isOversized) return { form: 'oversized', line: this.#start };
    return { bytes: this.#whole.peek(), line: this.#start, form: 'documents' };
  }
}
