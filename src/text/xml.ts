import { commandMark, visible } from '../finding/quote.ts';

/** Attributes of an XML element, each with a blank before it. */
export function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
}

/** What XML 1.0 has no way to write is among what is made visible. Source: XML 1.0, 2.2, Char. */
export function escapeXml(text: string): string {
  return visible(text)
    .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll(commandMark, '#&#35;');
}
