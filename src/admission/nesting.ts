/** Bodies that are no longer than this cannot take much to parse, however they are nested. */
const smallBytes = 32 * 1024;

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
  const { length } = body;
  if (length <= smallBytes) return undefined;
  let depth = 0;
  let containers = 0;
  for (let at = 0; at < length; at++) {
    const byte = body[at];
    if (byte === quote) {
      for (at++; at < length && body[at] !== quote; at++) if (body[at] === backslash) at++;
    } else if (byte === openObject || byte === openList) {
      depth++;
      containers++;
      if (depth > maxDepth) return `is nested deeper than ${maxDepth} levels`;
      if (containers > maxContainers) return `has more than ${maxContainers} objects and lists`;
    } else if (byte === closeObject || byte === closeList) {
      depth--;
    }
  }
  return undefined;
}
