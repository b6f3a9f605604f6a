import { styleText } from 'node:util';
import type { Severity } from '../finding/code-entry.ts';
import { locatedSentence, type LocatedFinding } from '../finding/located-finding.ts';
import { visible, withoutCommands } from '../finding/quote.ts';
import { printableJson, printableYaml } from '../text/printable.ts';

/** How a command writes its results; without one of these, for people. */
export type OutputFormat = 'json' | 'yaml';

export const outputFormats: readonly OutputFormat[] = ['json', 'yaml'];

/** How `review` writes its verdicts. SARIF has the findings alone, JUnit's XML a case for each object. */
export type ReviewFormat = OutputFormat | 'sarif' | 'junit';

export const reviewFormats: readonly ReviewFormat[] = [...outputFormats, 'sarif', 'junit'];

/** Writes a result for machines, and nothing else, to standard output. */
export function writeStructured(value: unknown, format: OutputFormat): void {
  process.stdout.write(format === 'json' ? `${printableJson(value, 2)}\n` : printableYaml(value));
}

/** Writes a text in pieces. It waits while whoever reads is slower; where nobody reads any more, the rest is not written. */
export async function writePieces(pieces: Iterable<string>): Promise<void> {
  const { stdout } = process;
  for (const piece of pieces) {
    if (stdout.destroyed) return;
    if (stdout.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const goOn = () => {
        stdout.off('drain', goOn).off('close', goOn);
        resolve();
      };
      stdout.on('drain', goOn).on('close', goOn);
    });
  }
}

/** Tells people what was found in a file, on standard error. */
export function writeFindings(findings: readonly LocatedFinding[]): void {
  writeLines(
    findings.map((found) => [locatedSentence(found)]),
    process.stderr,
  );
}

type Style = Parameters<typeof styleText>[0];

/** A piece of a line for people: a text, or one in a style. */
export type Piece = string | { readonly style: Style; readonly text: string };

/** A text that is styled where it is written to a terminal that shows colour. */
export function styled(style: Style, text: string): Piece {
  return { style, text };
}

/**
 * Writes lines for people, whoever the author of what is in them: every character can be seen, and none of it is a command
 * to the terminal, or to what runs a build. All that commands write for people goes through here.
 */
export function writeLines(
  lines: readonly (readonly Piece[])[],
  stream: NodeJS.WriteStream & { readonly fd: 1 | 2 } = process.stdout,
): void {
  const texts = lines.map((pieces) => `${withoutCommands(pieces.map((piece) => shown(piece, stream)).join(''))}\n`);
  stream.write(texts.join(''));
}

/** Writes why a command ended, on standard error. */
export function writeError(what: string, message: string): void {
  writeLines(
    `${what}: ${message}`.split('\n').map((line) => [line]),
    process.stderr,
  );
}

function shown(piece: Piece, stream: NodeJS.WriteStream): string {
  return typeof piece === 'string' ? visible(piece) : styleText(piece.style, visible(piece.text), { stream });
}

const severityStyles: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', info: 'cyan' };

/** A severity in its colour, padded to the width of the longest unless another one is given. */
export function severityLabel(severity: Severity, width = 'warning'.length): Piece {
  return styled(severityStyles[severity], severity.padEnd(width));
}
