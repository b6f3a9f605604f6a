import { JsonSplitter } from './split-json.ts';
import { YamlSplitter } from './split-yaml.ts';
import type { SplitPart } from './text-part.ts';

/** A text that begins so is JSON, and a list in it may stand on one line; YAML's own braces are left to its splitter. */
const jsonBeginning = /^\s*\{\s*["}]/;

/** So much of a text is looked at to tell. */
const beginningBytes = 4096;

/**
 * Splits YAML or JSON into parts that can be parsed one after the other, and holds no more of the text than one part and
 * what has just come: documents, and of lists that are too long for that their items.
 *
 * @returns the parts in the order of the text, those together that a piece of it completes; they have to be taken before
 *   the next piece is asked for
 */
export async function* splitText(
  chunks: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Iterable<SplitPart>, void, undefined> {
  const splitter = new TextSplitter();
  for await (const given of chunks) {
    const chunk =
      typeof given === 'string' ? Buffer.from(given) : Buffer.from(given.buffer, given.byteOffset, given.length);
    yield splitter.push(chunk);
  }
  yield splitter.end();
}

/** Splits a text as `splitText` does: JSON for as long as there is nothing else, and YAML from there on. */
export class TextSplitter {
  #json: JsonSplitter | undefined;
  #yaml: YamlSplitter | undefined;
  /** The text so far, until there is enough of it to tell what it is. */
  #beginning: Buffer = Buffer.alloc(0);

  /** @param listHead of the list of JSON in which the text goes on, between two of its items */
  constructor(listHead?: Buffer) {
    if (listHead !== undefined) this.#json = new JsonSplitter(listHead);
  }

  /** What splits JSON, as long as the text is JSON. */
  get json(): JsonSplitter | undefined {
    return this.#json;
  }

  *push(chunk: Buffer): Generator<SplitPart, void, undefined> {
    if (this.#json !== undefined) {
      yield* this.#pushJson(this.#json, chunk);
    } else if (this.#yaml !== undefined) {
      yield* this.#yaml.push(chunk);
    } else {
      this.#beginning = Buffer.concat([this.#beginning, chunk]);
      if (this.#beginning.length >= beginningBytes) yield* this.#begin();
    }
  }

  *end(): Generator<SplitPart, void, undefined> {
    if (this.#json === undefined && this.#yaml === undefined) yield* this.#begin();
    yield* (this.#json ?? this.#yaml)?.end() ?? [];
  }

  *#begin(): Generator<SplitPart, void, undefined> {
    const beginning = this.#beginning;
    this.#beginning = Buffer.alloc(0);
    if (jsonBeginning.test(beginning.toString('latin1', 0, beginningBytes))) {
      this.#json = new JsonSplitter();
      yield* this.#pushJson(this.#json, beginning);
    } else {
      this.#yaml = new YamlSplitter();
      yield* this.#yaml.push(beginning);
    }
  }

  *#pushJson(json: JsonSplitter, chunk: Buffer): Generator<SplitPart, void, undefined> {
    const rest = yield* json.push(chunk);
    if (rest === undefined) return;
    this.#json = undefined;
    this.#yaml = new YamlSplitter(json.line);
    yield* this.#yaml.push(rest);
  }
}
