import { closest, distance } from 'fastest-levenshtein';

/** A longer word is no misspelling of ours, and comparing would take its square. */
const maxWordCharacters = 64;

/**
 * The word that was probably meant: one that differs in letter case only, else the closest one, where it is at most
 * three letters away and shares at least half of its letters.
 *
 * @returns undefined where no known word is near
 */
export function nearMiss(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > maxWordCharacters) return undefined;
  const exceptForCase = known.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
  if (exceptForCase !== undefined) return exceptForCase;
  const meant = closest(word, known);
  return distance(word, meant) <= Math.min(3, Math.floor(meant.length / 2)) ? meant : undefined;
}
