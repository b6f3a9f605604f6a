/**
 * `make bench`: shimgate against bare servers, side by side in one run on one machine, so that only the ratios count and
 * not the machine. `--profile` says instead where the time of /mutate goes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { takeCores } from '../support/load/cores.ts';
import { measure } from './measure.ts';
import { profile } from './profile.ts';
import { reportText, type Report } from './report.ts';

const usage = `Usage: npm run bench -- [-o table|json] [--starts N] [--rounds N] [--check] [--profile]

  -o, --output   table for people (the default), json for machines
  --starts       how often all servers are started, 7 by default
  --rounds       rounds of each start, in each of which all variants take a short turn, 40 by default
  --check        exit with 1 where a target is missed
  --profile      run /mutate under --cpu-prof and show where its time goes
`;

const { values } = parseArgs({
  options: {
    output: { type: 'string', short: 'o', default: 'table' },
    starts: { type: 'string', default: '7' },
    rounds: { type: 'string', default: '40' },
    check: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  process.stdout.write(usage);
} else {
  const directory = await mkdtemp(join(tmpdir(), 'shimgate-bench-'));
  try {
    process.exitCode = await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(directory: string): Promise<number> {
  const before = loadavg()[0] ?? NaN;
  const cores = await takeCores();
  if (values.profile) {
    process.stdout.write(await profile(directory, cores));
    return 0;
  }
  const onProgress = (progress: string) => process.stderr.write(`${progress}\n`);
  const [starts, rounds] = [countOf('starts'), countOf('rounds')];
  const measured = await measure({ directory, cores, starts, rounds, onProgress });
  const report: Report = {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown processor',
    cores,
    loadAverage: { before, after: loadavg()[0] ?? NaN },
    ...measured,
  };
  process.stdout.write(`${values.output === 'json' ? JSON.stringify(report, null, 2) : reportText(report)}\n`);
  return values.check && report.targets.some(({ isMet }) => !isMet) ? 1 : 0;
}

/** @throws where it is no count */
function countOf(flag: 'starts' | 'rounds'): number {
  const count = Number(values[flag]);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`--${flag} must be a whole number above 0, and is ${values[flag]}`);
}
