import { quote } from './quote.ts';

/** So many names are shown in one message; the others are counted. */
const maxShown = 3;

/** Names as a message has them: `"a"`, `"a" and "b"`, `"a", "b", "c" and 13 more`. */
export function listQuoted(names: readonly string[]): string {
  const shown = names.slice(0, maxShown).map(quote);
  const rest = names.length - shown.length;
  const last = rest > 0 ? `${rest} more` : (shown.pop() ?? '');
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** The same of one kind: `runtime "a"`, `runtimes "a" and "b"`. */
export function listNames(kind: string, names: readonly string[]): string {
  return `${kind}${names.length > 1 ? 's' : ''} ${listQuoted(names)}`;
}
