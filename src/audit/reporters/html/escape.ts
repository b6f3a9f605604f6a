import { commandMark, visible } from '../../../finding/quote.ts';

/** A text that is safe in HTML, in an element and in a quoted attribute; what cannot be seen is made visible. */
export function escapeHtml(text: string): string {
  return visible(text)
    .replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll(commandMark, '#&#35;');
}
