/**
 * A glob (Go's path.Match) over namespace names as an RE2 expression for CEL's matches. It keeps requests away that a
 * rule cannot concern, and the rule itself decides afterwards: so it matches all that the glob does and, where the glob
 * has character classes, which RE2 writes and refuses by rules of its own, any character in their place. Such names have
 * no slash, so `*` is any run of characters.
 *
 * The chart's templates/_webhooks.tpl does the same.
 */
export function globRegex(glob: string): string {
  const parts = glob.match(/\[\^?(?:\\.|[^\]\\])+\]|\\.|./gsu) ?? [];
  return `^${parts.map(partRegex).join('')}$`;
}

function partRegex(part: string): string {
  if (part === '*') return '.*';
  if (part === '?' || (part.startsWith('[') && part.length > 1)) return '.';
  const literal = part.startsWith('\\') ? part.slice(1) : part;
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
