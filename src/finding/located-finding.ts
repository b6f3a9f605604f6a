import type { Finding } from './finding.ts';
import { messageOf } from './wording.ts';

/** A place in a text; line and column count from 1. */
export type Position = { readonly line: number; readonly column: number };

/** A finding about a text, and where in it. */
export type LocatedFinding = Finding & { readonly source: { readonly file: string } & Position };

/** A located finding as one line: file:line:column, then what a compiler would say. */
export function locatedSentence(found: LocatedFinding): string {
  const { source, severity, field, code, fix } = found;
  const where = field === '' ? '' : `${field}: `;
  return `${source.file}:${source.line}:${source.column}: ${severity}: ${where}${messageOf(found)} [${code}] ${fix}`;
}
