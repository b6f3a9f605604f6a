import { styleText } from 'node:util';
import type { Severity } from '../../finding/code-entry.ts';
import { quoteUnlessPlain, visible, withoutCommands } from '../../finding/quote.ts';
import { wrap } from '../../finding/wrap.ts';
import { objectLabel } from '../../finding/object-reference.ts';
import { tableLine } from '../../finding/wording.ts';
import type { AuditFinding } from '../audit-finding.ts';
import type { AuditReport } from '../audit.ts';
import type { Chain } from '../chains.ts';
import type { FindingGroup } from '../finding-spool.ts';
import { counted, totalsText, type Reporter, type ReportOptions } from './reporter.ts';

const width = 80;

/** So many classes are shown; the broken ones come first. */
const maxChains = 10;

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const satisfies Readonly<Record<Severity, string>>;

/** For people: the worst first, grouped by code, with a few findings of each. */
export const tableReporter: Reporter = function* (report, options) {
  for (const lines of tableOf(report, options)) yield lines.split('\n').map(withoutCommands).join('\n');
};

function* tableOf(report: AuditReport, options: ReportOptions): Generator<string, void, undefined> {
  const paint: Paint = (style, text) => (options.isColoured ? styleText(style, text, { validateStream: false }) : text);
  yield* classTable(report, options, paint);
  for (const group of report.findings.groups) yield* groupText(report, group, options, paint);
  if (report.isInterrupted) yield `${paint('yellow', 'Interrupted: not everything was read.')}\n`;
  const objects = Object.entries(report.objects).map(([kind, count]) => `${kind} ${count.toLocaleString('en-US')}`);
  yield `${wrap(`Read: ${objects.length === 0 ? 'nothing' : visible(objects.join(', '))}.`, options.isWide ? Infinity : width)}\n`;
  yield `${paint('bold', totalsText(report))}\n`;
}

function* groupText(
  { findings }: AuditReport,
  group: FindingGroup,
  { limit, isWide }: ReportOptions,
  paint: Paint,
): Generator<string, void, undefined> {
  const { severity, code, count } = group;
  yield `${paint(colours[severity], severity.padEnd('warning'.length))} ${paint('bold', code)} (${count.toLocaleString('en-US')})\n`;
  const shown = [...findings.findingsOf(group, limit)];
  const fixes = new Set(shown.map(({ fix }) => fix));
  const lineWidth = isWide ? Infinity : width;
  for (const found of shown) {
    yield `${bulleted(wrap(visible(lineOf(found, isWide)), lineWidth, '    '))}\n`;
    if (fixes.size > 1) yield `${wrap(`Fix: ${visible(found.fix)}`, lineWidth, '    ')}\n`;
  }
  if (count > shown.length) yield `  … and ${(count - shown.length).toLocaleString('en-US')} more\n`;
  const [fix] = fixes;
  if (fixes.size === 1 && fix !== undefined) yield `${wrap(`Fix: ${visible(fix)}`, lineWidth, '  ')}\n`;
  yield '\n';
}

function bulleted(paragraph: string): string {
  return `  - ${paragraph.trimStart()}`;
}

function lineOf(found: AuditFinding, isWide: boolean): string {
  const { object, field, message, source, chain = [], isNamed } = found;
  const label = object.kind === 'File' ? `${object.name}:${source?.line ?? 1}` : objectLabel(object);
  const named = tableLine(label, message, isNamed === true);
  if (!isWide) return named;
  const where = source === undefined ? '' : ` ${source.file}:${source.line}`;
  const way = chain.length < 2 ? '' : ` [${chain.join(' -> ')}]`;
  return `${named}${field === '' ? '' : ` (${field})`}${where}${way}`;
}

type Row = readonly string[];

const headings: Row = ['CLASS', 'HANDLER', 'SHIM', 'PODS', 'NODES', 'STATE'];
const columnLimits = [22, 16, 22, 7, 9, 7];

function* classTable(
  { chains }: AuditReport,
  { isWide }: ReportOptions,
  paint: Paint,
): Generator<string, void, undefined> {
  if (chains.length === 0) return;
  const shown = isWide ? chains : chains.slice(0, maxChains);
  const rows = shown
    .map(rowOf)
    .map((row) => row.map((cell, column) => clip(cell, isWide ? Infinity : columnLimits[column])));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: Row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)));
  const separator = isWide ? '   ' : ' ';
  yield `${line(headings).join(separator)}\n`;
  for (const [index, row] of rows.entries()) {
    const severity = shown[index]?.fault?.severity;
    const cells = line(row);
    if (severity !== undefined) cells[cells.length - 1] = paint(colours[severity], cells.at(-1) ?? '');
    yield `${cells.join(separator).trimEnd()}\n`;
  }
  if (chains.length > shown.length) yield `… and ${counted(chains.length - shown.length, 'class', 'classes')} more\n`;
  yield '\n';
}

function rowOf({ runtimeClass, handler, runtimeType, pods, nodes, fault }: Chain): Row {
  return [
    runtimeClass === undefined ? '(none)' : quoteUnlessPlain(runtimeClass),
    handler === undefined ? '-' : quoteUnlessPlain(handler),
    runtimeType === undefined ? '-' : quoteUnlessPlain(runtimeType),
    String(pods),
    nodes === undefined ? '-' : `${nodes.listing}/${nodes.selected}`,
    fault?.severity ?? 'ok',
  ];
}

function clip(text: string, limit = Infinity): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
