/** Of a longer value, quote shows the beginning: so many UTF-16 units. */
export const maxQuotedCharacters = 128;

/**
 * A value of unknown origin, safe to show in a message, a log line or a Warning header: in double quotes, with all that
 * cannot be seen escaped. It is cut at 128 characters before anything else is done with it: the rest of a value of megabytes
 * is never looked at.
 */
export function quote(value: string): string {
  const shown = value.length > maxQuotedCharacters ? `${value.slice(0, maxQuotedCharacters)}…` : value;
  const quoted = JSON.stringify(shown.toWellFormed());
  return /[^ -~]/.test(quoted) ? quoted.replaceAll(unseen, jsonEscape) : quoted;
}

/**
 * What JSON writes as it is and nobody sees, or what turns a text round: control and format characters (tags among them,
 * which carry a hidden text), separators of lines, and what is no character yet.
 */
export const unseen = /[\u007f-\u009f\p{Cf}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** A character as JSON escapes it: one beyond the first 65,536 as two halves. */
export function jsonEscape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
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
    const point = (character.codePointAt(0) ?? 0).toString(16);
    return point.length > 4 ? `\\u{${point}}` : `\\u${point.padStart(4, '0')}`;
  });
}

/** How Azure Pipelines, TeamCity and older runners of GitHub begin a command to themselves, anywhere in a line of a log. */
export const commandMark = /##(?=\[|vso\[|teamcity\[)/gi;

/**
 * A line for a terminal or a log in which nothing is a command to whatever runs the build, such as `::error::` at its
 * beginning or `##vso[…]` anywhere. What is in it besides should be visible already.
 */
export function withoutCommands(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1\\u003a').replaceAll(commandMark, '#\\u0023');
}
