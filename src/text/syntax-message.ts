/** What the YAML parser says before it shows a piece of the text. */
const beginnings: readonly RegExp[] = [
  /^Unexpected [\w ,-]+ in YAML stream(?=:)/,
  /^(?:Unresolved tag|Could not resolve tag|Not a valid tag|Block scalar header includes extra characters)(?=:)/,
  /^(?:Invalid escape sequence|Unknown directive|Unsupported YAML version)(?= )/,
];

/** Sentences that hold nothing but the parser's own words, or ours: by how they begin, and without any sign that quotes. */
const ownWords =
  /^(?:All|Aliase?s?|Anchors?|An?|Block|Comments|Expected|Flow|Implicit|Map|Missing|Nested|Plain|Sequence|Tabs|Tags|The (?:document|file)|Unexpected) [\w ,:;/?[\]{}-]+\.?$|^Missing closing ["']quote\.?$|^The document cannot be read: "Excessive alias count indicates a resource exhaustion attack"\.$|^The document cannot be read: "Merge sources must be maps or map aliases"\.$/;

/**
 * A message about a mistake in a text, without a piece of the text: what could not be parsed may be any file, and hold what
 * nobody should see. Where the mistake stands is said beside it.
 */
export function withoutText(message: string): string {
  const alias = /^(No anchor before the alias|The alias) ".*" (has that name|is part of what it stands for)\.$/s.exec(
    message,
  );
  if (alias !== null) return `${alias[1] ?? ''} ${alias[2] ?? ''}.`;
  const beginning = beginnings.map((pattern) => pattern.exec(message)?.[0]).find((found) => found !== undefined);
  if (beginning !== undefined) return `${beginning}.`;
  return ownWords.test(message) ? message : 'This is not valid YAML or JSON.';
}
