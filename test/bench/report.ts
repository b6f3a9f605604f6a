import Table from 'cli-table3';
import type { Cores } from '../support/load/cores.ts';
import type { Measured } from './measure.ts';
import {
  isDisturbed,
  median,
  quartiles,
  ratioNames,
  variants,
  type Figures,
  type Round,
  type Target,
  type Variant,
} from './summary.ts';

export type Report = Measured & {
  readonly node: string;
  readonly processor: string;
  readonly cores: Cores;
  /** Processes that wanted a core over the last minute: above 1 before the run, others were at work. */
  readonly loadAverage: { readonly before: number; readonly after: number };
};

const disturbance =
  'The servers did not get their core to themselves: requests per second say nothing, processor time still does.';

const titles: Readonly<Record<Variant, string>> = {
  https: 'a  node:https, parses, constant',
  express: 'b  express, express.json(), constant',
  mutate: 'c  shimgate /mutate, with a patch',
  large: 'd  as c, 200 rules, 300 runtimes, 5,000 nodes',
  validate: 'e  shimgate /validate',
};

export function reportText(report: Report): string {
  const { cores, loadAverage, starts, median: middle } = report;
  const where =
    cores.kind === 'pinned'
      ? `server on core ${cores.server}, load on core ${cores.load}`
      : `not pinned to cores (${cores.reason}): server and load get in each other's way`;
  return [
    `Node ${report.node}, ${report.processor}; ${where}; load average ${loadAverage.before.toFixed(2)} before, ${loadAverage.after.toFixed(2)} after.`,
    `TLS 1.3 keep-alive, ${report.connections} connections, one request at a time on each; pod of ${report.podBytes} bytes, request of ${report.requestBytes}.`,
    `shimgate logs into a pipe that is drained: ${report.logLinesPerMutation.toFixed(2)} lines for each request to /mutate.`,
    '',
    `Medians of the medians of ${starts.length} starts, of ${report.roundCount} rounds each; in a round, all take a short turn.`,
    roundTable(middle),
    ratioTable(starts, middle),
    `Start to ready: ${report.readyMs.map((ms) => ms.toFixed(0)).join(', ')} ms; median ${median(report.readyMs).toFixed(0)} ms.`,
    ...(isDisturbed(middle) ? [disturbance] : []),
    '',
    ...report.targets.map(targetText),
  ].join('\n');
}

function roundTable({ figures }: Round): string {
  const table = new Table({
    head: ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU ms/req', 'server CPU', 'load CPU'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const variant of variants) table.push([titles[variant], ...cells(figures[variant])]);
  return table.toString();
}

function cells(figures: Figures): readonly string[] {
  return [
    figures.requestsPerSecond.toFixed(0),
    figures.p50Ms.toFixed(2),
    figures.p99Ms.toFixed(2),
    figures.cpuMsPerRequest?.toFixed(4) ?? 'unknown',
    figures.serverUtilisation === undefined ? 'unknown' : percent(figures.serverUtilisation),
    percent(figures.loadUtilisation),
  ];
}

function ratioTable(starts: readonly Round[], middle: Round): string {
  const table = new Table({
    head: ['ratio', 'req per CPU s', 'middle half of starts', 'req/s'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const name of ratioNames) {
    const known = starts.map(({ cpuRatios }) => cpuRatios[name]).filter((ratio) => ratio !== undefined);
    const spread = quartiles(known).map((ratio) => ratio.toFixed(3));
    const cpu = middle.cpuRatios[name]?.toFixed(3) ?? 'unknown';
    table.push([name, cpu, known.length === 0 ? '' : spread.join(' to '), middle.ratios[name].toFixed(3)]);
  }
  return table.toString();
}

function targetText({ name, value, atLeast, atMost, aim, isMet }: Target): string {
  const aimed = aim === undefined ? '' : `, aiming at ${aim}`;
  const bound = atLeast === undefined ? `at most ${atMost ?? ''}` : `at least ${atLeast}${aimed}`;
  return `${isMet ? 'met   ' : 'missed'} ${name}: ${value.toFixed(atLeast === undefined ? 0 : 3)}, ${bound}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
