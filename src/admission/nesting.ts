/** Bodies that are no longer than this cannot take much to parse, however they are nested. */
export const smallBytes = 32 * 1024;

/**
 * An object of the API server's is nested less deeply, since it could not have read it, and so is the review around it.
 *
 * Source: Go, encoding/json, maxNestingDepth.
 */
const maxDepth = 10_000 + 240;

/** An object with more would not fit into etcd; V8 takes 100 bytes for each, however short it is in JSON. */
const maxContainers = 1_000_000;

const quote = 0x22;
const backslash = 0x5c;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/**
 * Says of a body of JSON, without parsing it, whether to parse it would take more memory and time than its length
 * suggests.
 *
 * @returns what is too much, or undefined; of what is no JSON, anything
 */
export function nestedTooMuch(body: Uint8Array): string | undefined {
  return body.length <= smallBytes ? undefined : new NestingScan().take(body);
}

/** The same of a body that comes piece by piece, so that what is too much is known before all of it is there. */
export class NestingScan {
  #depth = 0;
  #containers = 0;
  #isInString = false;
  #isEscaped = false;
  #found: string | undefined;

  /** @returns what is too much of the pieces up to this one, or undefined */
  take(piece: Uint8Array): string | undefined {
    const { length } = piece;
    let [depth, containers, isInString, isEscaped] = [this.#depth, this.#containers, this.#isInString, this.#isEscaped];
    for (let at = 0; at < length && this.#found === undefined; at++) {
      const byte = piece[at];
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) isInString = false;
      } else if (byte === quote) {
        isInString = true;
      } else if (byte === openObject || byte === openList) {
        depth++;
        containers++;
        if (depth > maxDepth) this.#found = `is nested deeper than ${maxDepth} levels`;
        else if (containers > maxContainers) this.#found = `has more than ${maxContainers} objects and lists`;
      } else if (byte === closeObject || byte === closeList) {
        depth--;
      }
    }
    this.#depth = depth;
    this.#containers = containers;
    this.#isInString = isInString;
    this.#isEscaped = isEscaped;
    return this.#found;
  }
}
