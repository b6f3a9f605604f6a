/** As many handlers and problems as the CustomResourceDefinition takes. */
export const maxListed = 64;

/** As many parts of one runtime as it takes. */
export const maxParts = 32;

/** The longest path or value that it takes. */
export const maxPathLength = 1024;

/** The longest name that it takes. */
export const maxNameLength = 253;

/** The longest text of options that it takes. */
export const maxOptionsLength = 4096;

/** The longest pattern of annotations that it takes: a DNS name, a slash and a name. */
export const maxPatternLength = 317;

/** A text with its end cut off where it is too long for the object; cut within no character. */
export function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).toWellFormed()}…`;
}
