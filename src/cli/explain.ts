import { codes } from '../finding/codes.ts';
import { subjectTitles, type CodeEntry } from '../finding/code-entry.ts';
import { nearMiss } from '../finding/near-miss.ts';
import { quote } from '../finding/quote.ts';
import { CommandError, exitCodes } from './exit.ts';
import { severityLabel, styled, writeLines, writeStructured, type OutputFormat, type Piece } from './output.ts';
import { wrap } from '../finding/wrap.ts';

export type ExplainOptions = { readonly output?: OutputFormat };

/**
 * `shimgate explain CODE`: what a code means and what to do, which docs/reasons.md says of it too.
 *
 * @returns the exit code
 * @throws CommandError where there is no such code
 */
export function explain(code: string, { output }: ExplainOptions): number {
  const entry = entryOf(code);
  if (output === undefined) writeLines(describe(code, entry));
  else writeStructured({ code, ...entry }, output);
  return exitCodes.fine;
}

function entryOf(code: string): CodeEntry {
  const entries: Readonly<Record<string, CodeEntry>> = codes;
  const entry = Object.hasOwn(entries, code) ? entries[code] : undefined;
  if (entry !== undefined) return entry;
  const meant = nearMiss(code, Object.keys(codes));
  const advice = meant === undefined ? 'docs/reasons.md lists them all' : `did you mean ${meant}?`;
  throw new CommandError(`there is no code ${quote(code)}; ${advice}`);
}

const indentation = '    ';

/** As `kubectl explain` lays a field out. */
function describe(
  code: string,
  { subject, severity, meaning, fix, deniedInEveryMode }: CodeEntry,
): readonly (readonly Piece[])[] {
  const title = subjectTitles[subject];
  const always = deniedInEveryMode === true ? ', denied in every mode' : '';
  const paragraph = (title: string, text: string) => [
    [styled('bold', title)],
    ...wrap(text, 80, indentation)
      .split('\n')
      .map((line) => [line]),
  ];
  return [
    [styled('bold', 'CODE:'), `      ${code}`],
    [styled('bold', 'SUBJECT:'), `   ${subject}${title === subject ? '' : ` (${title})`}`],
    [styled('bold', 'SEVERITY:'), '  ', severityLabel(severity, 0), always],
    [],
    ...paragraph('MEANING:', meaning),
    [],
    ...paragraph('FIX:', fix),
  ];
}
