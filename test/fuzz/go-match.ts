const bound = String.raw`(?:\\.|[^\\\-\]])`;
const ranges = String.raw`(?:${bound}(?:-${bound})?)+`;
/** A `^` at the beginning turns a class round, and never is one of its characters. */
const group = String.raw`\[(?:\^|(?!\^))${ranges}\]`;
const tokenPattern = String.raw`\*|\?|\\.|${group}|[^\\[*?]`;

/**
 * Go's path.Match another way, by regular expressions, to judge the product's by: which characters a pattern is made of, and
 * each as JavaScript has it.
 *
 * Source: Go's package path, func Match, the grammar in its comment.
 */
export function goMatch(pattern: string, name: string): 'match' | 'no match' | 'bad pattern' {
  if (!new RegExp(`^(?:${tokenPattern})*$`, 'su').test(pattern)) return 'bad pattern';
  const tokens = pattern.match(new RegExp(tokenPattern, 'gsu')) ?? [];
  return new RegExp(`^${tokens.map(asRegex).join('')}$`, 'su').test(name) ? 'match' : 'no match';
}

function asRegex(token: string): string {
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (token.startsWith('[')) return classAsRegex(token);
  return literal(token.startsWith('\\') ? token.slice(1) : token);
}

function classAsRegex(token: string): string {
  const isNegated = token.startsWith('[^');
  const inside = token.slice(isNegated ? 2 : 1, -1).match(new RegExp(`${bound}(?:-${bound})?`, 'gsu')) ?? [];
  const parts = inside.flatMap((range) => {
    const [low = '', high = low] = (range.match(/\\.|[^\\]/gsu) ?? [])
      .filter((part, index) => index !== 1 || part !== '-')
      .map((part) => (part.startsWith('\\') ? part.slice(1) : part));
    return (low.codePointAt(0) ?? 0) <= (high.codePointAt(0) ?? 0) ? [`${literal(low)}-${literal(high)}`] : [];
  });
  if (parts.length === 0) return isNegated ? '[^]' : '(?!)';
  return `[${isNegated ? '^' : ''}${parts.join('')}]`;
}

function literal(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
