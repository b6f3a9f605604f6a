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
  let splitter: TextSplitter | undefined;
  let beginning: Buffer = Buffer.alloc(0);
  for await (const given of chunks) {
    const chunk =
      typeof given === 'string' ? Buffer.from(given) : Buffer.from(given.buffer, given.byteOffset, given.length);
    if (splitter === undefined) {
      beginning = Buffer.concat([beginning, chunk]);
      if (beginning.length < beginningBytes) continue;
      splitter = new TextSplitter(beginning);
      yield splitter.push(beginning);
    } else {
      yield splitter.push(chunk);
    }
  }
  if (splitter === undefined) {
    splitter = new TextSplitter(beginning);
    yield splitter.push(beginning);
  }
  yield splitter.end();
}

/** JSON for as long as there is nothing else, and YAML from there on. */
class TextSplitter {
  #json: JsonSplitter | undefined;
  #yaml = new YamlSplitter();

  constructor(beginning: Buffer) {
    if (jsonBeginning.test(beginning.toString('latin1', 0, beginningBytes))) this.#json = new JsonSplitter();
  }

  *push(chunk: Buffer): Generator<SplitPart, void, undefined> {
    if (this.#json === undefined) {
      yield* this.#yaml.push(chunk);
      return;
    }
    const rest = yield* this.#json.push(chunk);
    if (rest === undefined) return;
    this.#yaml = new YamlSplitter(this.#json.line);
    this.#json = undefined;
    yield* this.#yaml.push(rest);
  }

  end(): readonly SplitPart[] {
    return (this.#json ?? this.#yaml).end();
  }
}
