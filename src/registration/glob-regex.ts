/**
 * A well-formed glob (Go's path.Match) over namespace names as an RE2 expression for CEL's matches. Such names have no
 * slash, so `*` is any run of characters; classes and escaped characters are written alike in both.
 */
export function globRegex(glob: string): string {
  const parts = glob.match(/\[\^?(?:\\.|[^\]\\])+\]|\\.|./gsu) ?? [];
  return `^${parts.map(partRegex).join('')}$`;
}

function partRegex(part: string): string {
  if (part === '*') return '.*';
  if (part === '?') return '.';
  if (part.startsWith('[') && part.length > 1) return part;
  const literal = part.startsWith('\\') ? part.slice(1) : part;
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
