/**
 * Sends generated and damaged requests to the running program, and checks each answer: never a 5xx, and for an
 * AdmissionReview exactly what the same policies say here, so that no request leaves a trace in a later one. At the end
 * the program still answers, has logged no error, and holds no more memory than it did on the way.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { makeCertificate, startShimgate, stop, type RunningServer } from '../support/load/servers.ts';
import { anyExchange, type Exchange } from './arbitrary-exchange.ts';
import { Client, type Answer } from './client.ts';
import { expectedAnswer, readWorld } from './expected-answer.ts';
import type { World } from '../../src/policy/world.ts';

const usage = `Usage: node test/fuzz/fuzz.ts [--bodies N] [--seed N]

  --bodies   how many requests are sent; 100000 by default
  --seed     to repeat a run; printed by each
`;

const batchSize = 1_000;
const fixtures = path.join(import.meta.dirname, '../fixtures/fuzz');

/** How much more memory the program may hold in the last third than at most in the one before. */
const toleratedGrowthMiB = 24;

const { values: flags } = parseArgs({
  options: {
    bodies: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (flags.help) process.stdout.write(usage);
else process.exitCode = await run(Number(flags.bodies), Number(flags.seed));

async function run(bodies: number, seed: number): Promise<number> {
  console.log(`seed ${seed}, ${bodies} requests`);
  const directory = await mkdtemp(path.join(tmpdir(), 'shimgate-fuzz-'));
  const certificate = await makeCertificate(directory);
  const server = await startShimgate(certificate, { kind: 'unpinned', reason: 'not needed' }, { cluster: fixtures });
  const client = new Client(server.port, certificate.authority);
  try {
    return await send(bodies, seed, server, client);
  } finally {
    client.close();
    await stop(server);
    await rm(directory, { recursive: true });
  }
}

async function send(bodies: number, seed: number, server: RunningServer, client: Client): Promise<number> {
  const world = await readWorld(fixtures);
  const statuses = new Map<number, number>();
  const memory: number[] = [];
  const started = performance.now();
  for (let sent = 0; sent < bodies; sent += batchSize) {
    const size = Math.min(batchSize, bodies - sent);
    // A seed of its own for each batch: the whole run need not be in memory at once.
    const batch = fc.sample(anyExchange, { numRuns: size, seed: seed + sent });
    const answers = await Promise.all(batch.map((exchange) => client.send(exchange)));
    for (const [index, answer] of answers.entries()) {
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const exchange = batch[index];
      const fault = exchange === undefined ? 'no such request' : faultOf(exchange, answer, world);
      if (fault !== undefined) return fail(fault, seed + sent, index, exchange, answer);
    }
    memory.push(residentMiB(server.pid));
    if (process.stderr.isTTY) process.stderr.write(`\r${sent + size} of ${bodies}, ${memory.at(-1)?.toFixed(0)} MiB `);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${(bodies / seconds).toFixed(0)} requests/s; ${[...statuses].map(([status, count]) => `${count} x ${status}`).join(', ')}`,
  );
  return judgeProgram(server, memory);
}

/** What is wrong with an answer; undefined where nothing is. */
function faultOf(exchange: Exchange, answer: Answer, world: World): string | undefined {
  if (answer.status >= 500) return `status ${answer.status}`;
  const expected = expectedAnswer(exchange, world);
  if (answer.status !== expected.status) return `status ${answer.status} where ${expected.status} is right`;
  return expected.body === undefined || expected.body === answer.body ? undefined : `not the answer ${expected.body}`;
}

function fail(fault: string, seed: number, index: number, exchange: Exchange | undefined, answer: Answer): number {
  console.log(`request ${index} of the batch of seed ${seed}: ${fault}`);
  if (exchange !== undefined) {
    console.log(`${exchange.method} ${exchange.path} (${exchange.contentType})`);
    console.log(JSON.stringify(Buffer.from(exchange.body).toString('latin1')));
  }
  console.log(`answer: ${answer.status} ${answer.body}`);
  return 1;
}

function judgeProgram(server: RunningServer, memory: readonly number[]): number {
  if (server.process.exitCode !== null || server.process.signalCode !== null) {
    console.log('the program has ended');
    return 1;
  }
  const third = Math.floor(memory.length / 3);
  const [middle, last] = [memory.slice(third, 2 * third), memory.slice(2 * third)].map((part) => Math.max(...part)) as [
    number,
    number,
  ];
  console.log(
    `resident: ${memory[0]?.toFixed(0)} MiB at first, at most ${middle.toFixed(0)} in the middle and ${last.toFixed(0)} in the last third`,
  );
  if (third > 0 && last > middle + toleratedGrowthMiB) {
    console.log(`that grows by more than ${toleratedGrowthMiB} MiB`);
    return 1;
  }
  return 0;
}

/** Source: proc(5), /proc/pid/status. */
function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
