/**
 * Gives what others write (requests, nodes' files, manifests, globs) to the functions that read it, changed again and again, and
 * goes on from what reached code that nothing had reached before. Each input has to do what its target says, within a second
 * of the processor's time.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { Coverage } from './coverage.ts';
import { mutated } from './mutated.ts';
import type { FuzzTarget } from './targets.ts';

const usage = `Usage: node test/fuzz/coverage-guided.ts [--seconds N] [--runs N] [--seed N] [--target NAME]

  --seconds  how long for each target, at most; 60 by default
  --runs     how many inputs for each target, at most
  --seed     to repeat a run, which prints it; give it --runs, not --seconds
  --target   decode, import, manifests or globs; all by default
`;

const roundSize = 100;

/** Inputs that are gone on from: the latest. */
const maxCorpus = 2_000;

/** More of the processor's time than any input may take; a clock would count what else the machine does. */
const maxInputMs = 1_000;

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 30)) },
    target: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (flags.help) process.stdout.write(usage);
else process.exitCode = await fuzz();

async function fuzz(): Promise<number> {
  const seed = Number(flags.seed);
  console.log(`seed ${seed}`);
  // Of functions that were compiled before, V8 does not count blocks.
  const coverage = await Coverage.start();
  try {
    const { fuzzTargets } = await import('./targets.ts');
    const targets = await fuzzTargets();
    const wanted = targets.filter(({ name }) => flags.target === undefined || flags.target === name);
    if (wanted.length === 0) throw new Error(`there is no target ${flags.target ?? ''}`);
    for (const target of wanted) if (!(await fuzzTarget(target, seed, coverage))) return 1;
    return 0;
  } finally {
    coverage.stop();
  }
}

/** @returns whether every input did what it has to */
async function fuzzTarget(target: FuzzTarget, seed: number, coverage: Coverage): Promise<boolean> {
  const corpus = [...target.seeds];
  await coverage.take();
  for (const input of corpus) await runTimed(target, input);
  const known = new Set(await coverage.take());
  const seeded = known.size;
  const until = performance.now() + Number(flags.seconds) * 1_000;
  let runs = 0;
  while (performance.now() < until && runs < Number(flags.runs)) {
    const round: Buffer[] = [];
    const property = fc.asyncProperty(mutated(corpus, target.maxBytes), async (input) => {
      round.push(input);
      await runTimed(target, input);
    });
    const result = await fc.check(property, { numRuns: roundSize, seed: seed + runs });
    if (result.failed) {
      tellFailure(target, seed + runs, result.counterexample?.[0], result.errorInstance);
      return false;
    }
    runs += round.length;
    if (!hasNew(await coverage.take(), known)) continue;
    corpus.push(...(await findNew(target, round, coverage, known)));
    corpus.splice(target.seeds.length, Math.max(0, corpus.length - maxCorpus));
  }
  const found = corpus.length - target.seeds.length;
  const blocks = `${seeded} blocks by the seeds, ${known.size} in the end`;
  console.log(`${target.name}: ${runs} inputs, ${found} of them new; ${blocks}`);
  return true;
}

/** Which of some inputs run what was not known, which it is then: one after the other, since V8 counts for all of them together. */
async function findNew(
  target: FuzzTarget,
  round: readonly Buffer[],
  coverage: Coverage,
  known: Set<string>,
): Promise<readonly Buffer[]> {
  const kept: Buffer[] = [];
  for (const input of round) {
    await runTimed(target, input);
    const ran = await coverage.take();
    if (!hasNew(ran, known)) continue;
    kept.push(input);
    for (const block of ran) known.add(block);
  }
  return kept;
}

function hasNew(ran: ReadonlySet<string>, known: ReadonlySet<string>): boolean {
  return [...ran].some((block) => !known.has(block));
}

async function runTimed({ run }: FuzzTarget, input: Buffer): Promise<void> {
  const started = process.cpuUsage();
  await run(input);
  const { user, system } = process.cpuUsage(started);
  const tookMs = (user + system) / 1_000;
  if (tookMs > maxInputMs) throw new Error(`it took ${Math.round(tookMs)} ms`);
}

function tellFailure({ name }: FuzzTarget, seed: number, input: Buffer | undefined, error: unknown): void {
  console.log(`${name}: an input of the round of seed ${seed} does what it must not`);
  console.log(error instanceof Error ? error.stack : String(error));
  if (input === undefined) return;
  console.log(`as text: ${JSON.stringify(input.toString('latin1'))}`);
  console.log(`as base64: ${input.toString('base64')}`);
}
