/** The first sentence of a text, such as of what a code means; all of it where it is one. */
export function firstSentence(text: string): string {
  return /^.*?[.](?= |$)/.exec(text)?.[0] ?? text;
}
