/** Of a longer value, quote shows the beginning: so many UTF-16 units. */
export const maxQuotedCharacters = 128;

/**
 * A value of unknown origin, safe to show in a message, a log line or a Warning header: in double quotes, with control
 * characters, line separators and bidirectional overrides escaped. It is cut at 128 characters before anything else is done
 * with it: the rest of a value of megabytes is never looked at.
 */
export function quote(value: string): string {
  const shown = value.length > maxQuotedCharacters ? `${value.slice(0, maxQuotedCharacters)}…` : value;
  return JSON.stringify(shown.toWellFormed()).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** No name or key that Kubernetes takes is longer: a DNS name, a slash and a name. */
const maxPlainCharacters = 253 + 1 + 63;

/** A name or key of unknown origin: as it is where nothing in it could garble a terminal or a log, else quoted. */
export function quoteUnlessPlain(value: string): string {
  return value.length <= maxPlainCharacters && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value) ? value : quote(value);
}

/** A text of unknown origin with what would not show, or would garble what is around it, written out: `\\u202e`. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
