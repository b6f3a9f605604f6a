import { styleText } from 'node:util';
import { stringify } from 'yaml';
import { locatedSentence, type LocatedFinding } from '../finding/located-finding.ts';
import type { Severity } from '../finding/code-entry.ts';

/** How a command writes its results; without one of these, for people. */
export type OutputFormat = 'json' | 'yaml';

export const outputFormats: readonly OutputFormat[] = ['json', 'yaml'];

/** Writes a result for machines, and nothing else, to standard output. */
export function writeStructured(value: unknown, format: OutputFormat): void {
  process.stdout.write(format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value));
}

/** Tells people what was found in a file, on standard error. */
export function writeFindings(findings: readonly LocatedFinding[]): void {
  for (const found of findings) process.stderr.write(`${locatedSentence(found)}\n`);
}

type Style = Parameters<typeof styleText>[0];

/** Styles a text where standard output is a terminal that shows colour, and leaves it as it is elsewhere. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

const severityStyles: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', info: 'cyan' };

/** A severity in its colour, padded to the width of the longest. */
export function severityLabel(severity: Severity): string {
  return styled(severityStyles[severity], severity.padEnd('warning'.length));
}
