import { escapeHtml } from './escape.ts';

/** Markup of ours, in which every text of others is escaped. */
export type Html = { readonly text: string };

/** What may stand in markup: a text or a number, which is escaped; markup; or pieces of it, one after the other. */
type Part = string | number | Html | readonly Html[];

/**
 * Markup, as a tagged template: whatever is put into it is escaped, unless it is markup already. It is not called `html`, since
 * formatters would change the texts of such a template.
 */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { text: texts.map((text, index) => (index === 0 ? '' : textOf(parts[index - 1] ?? '')) + text).join('') };
}

/** A text that is markup already: only for what is written in this program. */
export function ours(text: string): Html {
  return { text };
}

/** Pieces of markup with a text of ours between them. */
export function joined(pieces: readonly Html[], separator: string): Html {
  return { text: pieces.map(({ text }) => text).join(separator) };
}

export const empty: Html = { text: '' };

function textOf(part: Part): string {
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return 'text' in part ? part.text : part.map(({ text }) => text).join('');
}
