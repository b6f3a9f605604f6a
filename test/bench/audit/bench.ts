/**
 * What it costs to audit manifests of a large cluster: time, side by side with the program as it was before its audit was
 * made faster, and memory, which must not grow with the number of pods. The same classes, nodes and namespaces each time.
 */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../summary.ts';
import { runAudit, type AuditRun } from './audit-process.ts';
import { baselineCommit, buildBaseline } from './baseline.ts';
import { writeManifests, type ManifestFormat } from './write-manifests.ts';

const usage = `Usage: npm run bench:audit -- [--pods N,N,...] [--format json,yaml] [--turns N] [--output FORMAT] [--no-baseline] [--check]

  --pods         1000,100000 by default; with the most of them, the baseline has its turns too
  --format       of the manifests: json,yaml by default
  --turns        of each program, 3 by default
  --output       of the report: json by default
  --no-baseline  measures nothing but today's program: for a clone without the history
  --check        exit with 1 where a target is missed
`;

/** So many times as fast as the baseline, on the clock: promised, and aimed at. Two threads read, where there are two processors. */
const targets = { json: { atLeast: 3, aim: 5 }, yaml: { atLeast: 2, aim: 4 } } as const;

/** So much more may be held with the most pods than with the fewest: a short run does not fill what it may have. */
const maxGrowth = 1.5;

/** As much memory as the baseline; what is measured of it varies by a few percent from run to run. */
const maxMemory = 1.05;

const today = join(import.meta.dirname, '../../../dist/main.js');
const runtimes = {
  runsc: 'io.containerd.runsc.v1',
  'kata-qemu': 'io.containerd.kata-qemu.v2',
  'kata-clh': 'io.containerd.kata-clh.v2',
  nvidia: 'io.containerd.runc.v2',
};
const world = { classes: 200, nodes: 5_000, namespaces: 10_000 };

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    pods: { type: 'string', default: '1000,100000' },
    format: { type: 'string', default: 'json,yaml' },
    turns: { type: 'string', default: '3' },
    output: { type: 'string', default: 'json' },
    baseline: { type: 'boolean', default: true },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (flags.help) process.stdout.write(usage);
else process.exitCode = await run();

async function run(): Promise<number> {
  const baseline = flags.baseline
    ? await buildBaseline((progress) => process.stderr.write(`${progress}\n`))
    : undefined;
  const directory = await mkdtemp(join(tmpdir(), 'shimgate-audit-'));
  const missed: string[] = [];
  const judge = (isMet: boolean, line: string) => {
    console.log(`${isMet ? 'met   ' : 'missed'} ${line}`);
    if (!isMet) missed.push(line);
  };
  try {
    console.log(
      `${world.classes} classes, ${world.nodes} nodes, ${world.namespaces} namespaces; output ${flags.output}`,
    );
    console.log('format     pods  input MiB  program    seconds  CPU s  peak MiB');
    const sizes = flags.pods
      .split(',')
      .map(Number)
      .toSorted((a, b) => a - b);
    for (const format of flags.format.split(',') as ManifestFormat[]) {
      let fewest: AuditRun | undefined;
      for (const pods of sizes) {
        const isMost = pods === sizes.at(-1);
        const { now, then } = await measure(directory, pods, format, isMost ? baseline : undefined);
        fewest ??= now;
        if (!isMost) continue;
        if (then !== undefined) judgeAgainst(format, now, then, judge);
        const growth = now.residentMiB / fewest.residentMiB;
        const times = `${growth.toFixed(2)} times the memory for ${pods / (sizes[0] ?? pods)} times the pods`;
        judge(growth <= maxGrowth, `${format}: ${times}, at most ${maxGrowth}`);
      }
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  return flags.check && missed.length > 0 ? 1 : 0;
}

function judgeAgainst(
  format: ManifestFormat,
  now: AuditRun,
  then: AuditRun,
  judge: (isMet: boolean, line: string) => void,
): void {
  const [ratio, ofCpu] = [then.seconds / now.seconds, then.cpuSeconds / now.cpuSeconds];
  const { atLeast, aim } = targets[format];
  const bound = `at least ${atLeast}, aiming at ${aim} (by processor time ${ofCpu.toFixed(2)})`;
  judge(ratio >= atLeast, `${format}: ${ratio.toFixed(2)} times as fast, ${bound}`);
  const memory = now.residentMiB / then.residentMiB;
  judge(memory <= maxMemory, `${format}: ${memory.toFixed(2)} times the memory, at most ${maxMemory}`);
}

/** Has the programs take turns. @returns medians */
async function measure(
  directory: string,
  pods: number,
  format: ManifestFormat,
  baseline: string | undefined,
): Promise<{ readonly now: AuditRun; readonly then: AuditRun | undefined }> {
  const folder = join(directory, `${format}-${pods}`);
  const files = await writeManifests(folder, { ...world, pods }, format);
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const configurationFile = join(directory, 'shimgate.json');
  await writeFile(configurationFile, configuration());
  const args = ['--objects', folder, '--config', configurationFile, '--output', flags.output];
  const runs: Record<'now' | 'then', AuditRun[]> = { now: [], then: [] };
  for (let turn = 0; turn < Number(flags.turns); turn++) {
    if (baseline !== undefined) runs.then.push(await runAudit(baseline, args));
    runs.now.push(await runAudit(today, args));
  }
  await rm(folder, { recursive: true });
  const mebibytes = sizes.reduce((sum, size) => sum + size, 0) / 1024 / 1024;
  const summaries = { now: medianOf(runs.now), then: medianOf(runs.then) };
  for (const [name, one] of [
    [baselineCommit.slice(0, 7), summaries.then],
    ['today', summaries.now],
  ] as const) {
    if (one !== undefined) console.log(row(format, pods, mebibytes, name, one));
  }
  if (summaries.now === undefined) throw new Error('--turns must be at least 1');
  return { now: summaries.now, then: summaries.then };
}

function medianOf(runs: readonly AuditRun[]): AuditRun | undefined {
  const of = (pick: (run: AuditRun) => number) => median(runs.map(pick));
  const [first] = runs;
  return (
    first && {
      ...first,
      seconds: of(({ seconds }) => seconds),
      cpuSeconds: of(({ cpuSeconds }) => cpuSeconds),
      residentMiB: of(({ residentMiB }) => residentMiB),
    }
  );
}

function row(format: string, pods: number, mebibytes: number, name: string, run: AuditRun): string {
  const cells = [
    format,
    pods,
    mebibytes.toFixed(0),
    name,
    run.seconds.toFixed(1),
    run.cpuSeconds.toFixed(1),
    run.residentMiB.toFixed(0),
  ];
  const widths = [6, 9, 11, 9, 11, 7, 10];
  return cells
    .map((cell, index) => (index === 0 ? String(cell).padEnd(6) : String(cell).padStart(widths[index] ?? 0)))
    .join('');
}

function configuration(): string {
  return JSON.stringify({
    apiVersion: 'config.shimgate.dev/v1alpha1',
    kind: 'ShimgateConfiguration',
    injectedAnnotations: [],
    runtimes: Object.fromEntries(Object.entries(runtimes).map(([name, runtimeType]) => [name, { runtimeType }])),
  });
}
