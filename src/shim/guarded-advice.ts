import { maxQuotedCharacters } from '../finding/quote.ts';
import type { ValueForm } from './guarded-keys.ts';
import { flawOfValue, globsName, partsOf } from './guarded-value.ts';

/** What an administrator can do about the value of a guarded annotation. */
export type GuardedAdvice =
  /** These globs, never none of them, allow the value, and no value with a part that this one does not have. */
  | { readonly kind: 'globs'; readonly globs: readonly string[] }
  /** No glob allows it. The flaw is the end of a sentence that begins with the value. */
  | { readonly kind: 'flawed'; readonly flaw: string }
  /** There are globs, and they are too many or too long to be read in a message. */
  | { readonly kind: 'too long' };

/** A message stays readable. */
const maxGlobs = 16;

/** The globs that allow a value and nothing beside it. No list is ever empty, which would allow every value. */
export function adviceFor(form: ValueForm, value: string): GuardedAdvice {
  const flaw = flawOfValue(form, value);
  if (flaw !== undefined) return { kind: 'flawed', flaw };
  const parts = new Set(partsOf(form, value));
  // A value without parts is allowed by every glob, and by that of the empty text it alone.
  const globs = parts.size === 0 ? [''] : [...parts].map((part) => asGlob(globsName(part)));
  const isReadable = globs.length <= maxGlobs && globs.every((glob) => glob.length <= maxQuotedCharacters);
  return isReadable ? { kind: 'globs', globs } : { kind: 'too long' };
}

/** A text as a glob that matches nothing else. Source: Go's package path, func Match. */
export function asGlob(text: string): string {
  return text.replaceAll(/[*?[\\]/g, String.raw`\$&`);
}
