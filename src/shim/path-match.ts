/** What a pattern says of a name; `bad pattern` is Go's ErrBadPattern, which containerd takes for "no match". */
export type PathMatch = 'match' | 'no match' | 'bad pattern';

/**
 * Go's path.Match: `*` is any run of characters but `/`, `?` one character but `/`, `[a-z]` and `[^a-z]` classes (never
 * empty), `\` takes the next character literally. Anchored at both ends. A malformed pattern is reported however
 * little of it the name reaches. Time is bounded by the product of both lengths, and no copy of the name is made: no
 * recursion, no regular expression.
 *
 * Source: Go's package path, func Match; containerd matches pod_annotations with it.
 */
export function pathMatch(pattern: string, name: string): PathMatch {
  const tokens = tokenize(pattern);
  if (tokens === undefined) return 'bad pattern';
  return matches(tokens, name) ? 'match' : 'no match';
}

/** Whether any of the patterns matches; malformed ones match nothing, as in containerd. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => pathMatch(pattern, name) === 'match');
}

/** As matchesAny, for many names: the patterns are taken apart once. */
export function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  const globs = patterns.flatMap((pattern) => {
    const tokens = tokenize(pattern);
    return tokens === undefined ? [] : [tokens];
  });
  return (name) => globs.some((tokens) => matches(tokens, name));
}

function matches(tokens: readonly Token[], name: string): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const current = tokens[token];
    const character = characterAt(name, at);
    if (current?.kind === 'star') {
      star = token++;
      starAt = at;
    } else if (current !== undefined && matchesOne(current, character)) {
      token++;
      at += character.length;
    } else if (star >= 0 && name[starAt] !== '/') {
      token = star + 1;
      starAt += characterAt(name, starAt).length;
      at = starAt;
    } else {
      return false;
    }
  }
  while (tokens[token]?.kind === 'star') token++;
  return token === tokens.length;
}

/** One character as Array.from would give it: a pair of surrogates is one. */
function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

type Range = { readonly low: number; readonly high: number };

type Token =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly Range[] };

function matchesOne(token: Exclude<Token, { kind: 'star' }>, character: string): boolean {
  switch (token.kind) {
    case 'any':
      return character !== '/';
    case 'literal':
      return token.character === character;
    case 'class': {
      const point = character.codePointAt(0) ?? 0;
      return token.ranges.some(({ low, high }) => low <= point && point <= high) !== token.negated;
    }
  }
}

/** Splits a pattern into its parts; undefined where Go would answer ErrBadPattern. */
function tokenize(pattern: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const characters = Array.from(pattern);
  let at = 0;
  while (at < characters.length) {
    const character = characters[at++] ?? '';
    if (character === '*') {
      tokens.push({ kind: 'star' });
    } else if (character === '?') {
      tokens.push({ kind: 'any' });
    } else if (character === '\\') {
      const literal = characters[at++];
      if (literal === undefined) return undefined;
      tokens.push({ kind: 'literal', character: literal });
    } else if (character === '[') {
      const parsed = readClass(characters, at);
      if (parsed === undefined) return undefined;
      tokens.push(parsed.token);
      at = parsed.next;
    } else {
      tokens.push({ kind: 'literal', character });
    }
  }
  return tokens;
}

/** Reads a character class from behind its `[`. */
function readClass(
  characters: readonly string[],
  start: number,
): { readonly token: Token; readonly next: number } | undefined {
  let at = start;
  const negated = characters[at] === '^';
  if (negated) at++;
  const ranges: Range[] = [];
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = readBound(characters, at);
    if (low === undefined) return undefined;
    at = low.next;
    let high = low;
    if (characters[at] === '-') {
      const bound = readBound(characters, at + 1);
      if (bound === undefined) return undefined;
      high = bound;
      at = bound.next;
    }
    ranges.push({ low: low.point, high: high.point });
  }
  return { token: { kind: 'class', negated, ranges }, next: at + 1 };
}

/** Reads one end of a range; `-` and `]` must be escaped, and the pattern may not end here. */
function readBound(
  characters: readonly string[],
  start: number,
): { readonly point: number; readonly next: number } | undefined {
  let at = start;
  let character = characters[at++];
  if (character === undefined || character === '-' || character === ']') return undefined;
  if (character === '\\') {
    character = characters[at++];
    if (character === undefined) return undefined;
  }
  if (at >= characters.length) return undefined;
  return { point: character.codePointAt(0) ?? 0, next: at };
}
