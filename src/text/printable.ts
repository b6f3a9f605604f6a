import { Document, visit, type Scalar } from 'yaml';
import { commandMark, jsonEscape, unseen, visible, withoutCommands } from '../finding/quote.ts';

/** Most texts have none of that. */
const isPlain = (text: string) => !/[^\n -~]|##/.test(text);

/** JSON in which everything can be seen: the same value, with escapes. */
export function printableJson(value: unknown, indentation?: number): string {
  const text = JSON.stringify(value, null, indentation);
  if (isPlain(text)) return text;
  return text.replaceAll(unseen, jsonEscape).replaceAll(commandMark, '#\\u0023');
}

/** YAML in which everything can be seen: the same value, with escapes in double quotes. */
export function printableYaml(value: unknown): string {
  return printableDocument(new Document(value));
}

/** The same of a document, of which comments are nobody's but ours. */
export function printableDocument(document: Document): string {
  const quoted = new Set<Scalar>();
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && needsQuotes(node.value)) quoted.add(node);
    },
  });
  for (const node of quoted) node.type = 'QUOTE_DOUBLE';
  if (quoted.size === 0) return document.toString();
  // A text in quotes would be broken in two wherever a line is full, within a character too.
  const text = document.toString({ lineWidth: 0 });
  // Only quoted texts have any of these, so that escapes are read as such.
  return text.replaceAll(unseen, yamlEscape).split('\n').map(withoutCommands).join('\n');
}

function needsQuotes(text: string): boolean {
  return [unseen, commandMark, /(?:^|\s)::/, /(?![\t\n])\p{Cc}/u].some((pattern) => text.search(pattern) >= 0);
}

function yamlEscape(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return point > 0xffff ? `\\U${point.toString(16).padStart(8, '0')}` : jsonEscape(character);
}

/** One line for people, of texts whose author nobody knows. */
export function printableLine(text: string): string {
  return withoutCommands(visible(text));
}
