const maxQuotedCharacters = 128;

/**
 * A value of unknown origin, safe to show in a message, a log line or a Warning header: in double quotes, with control
 * characters, line separators and bidirectional overrides escaped, and cut at 128 characters.
 */
export function quote(value: string): string {
  const shown = value.length > maxQuotedCharacters ? `${value.slice(0, maxQuotedCharacters)}…` : value;
  return JSON.stringify(shown.toWellFormed()).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
