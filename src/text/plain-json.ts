/** What YAML and JSON read alike: nothing that YAML has other rules for, such as tabs and the ends of lines. */
const odd = /[^\n\x20-\x7e\xa1-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

/** Strings, and what makes a key of one. */
const strings = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/** A key is no longer in YAML, and stands on the line of its colon. One with an escape is seldom, and often not read right. */
const maxKeyCharacters = 1000;

/** Deeper texts are left to the parser that says where they are too deep. */
const maxDepth = 64;

/**
 * Reads a text that is one JSON object, as JSON, where YAML reads the same in it.
 *
 * @returns undefined where YAML might not: it refuses a key that is there twice
 */
export function readPlainJson(text: string): object | undefined {
  if (!text.startsWith('{') || odd.test(text)) return undefined;
  let value: object;
  try {
    value = JSON.parse(text) as object;
  } catch {
    return undefined;
  }
  let keys = 0;
  for (const [string, colon] of text.matchAll(strings)) {
    if (colon === undefined) continue;
    if (string.length > maxKeyCharacters || string.includes('\\') || colon.includes('\n')) return undefined;
    keys++;
  }
  return countKeys(value, maxDepth) === keys ? value : undefined;
}

/** The keys of all objects in a value; NaN where it is too deep. */
function countKeys(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) return NaN;
  const entries: readonly unknown[] = Object.values(value);
  return entries.reduce<number>(
    (sum, entry) => sum + countKeys(entry, depth - 1),
    Array.isArray(value) ? 0 : entries.length,
  );
}
