import { join } from 'node:path';
import type { Cores } from '../support/load/cores.ts';
import { assertAllowed, patchIn } from './expected-answers.ts';
import { writeLargeWorld } from './large-world.ts';
import type { Load, LoadResult } from '../support/load/load.ts';
import { LoadProcess } from '../support/load/load-process.ts';
import { makeMutatingReview, makeValidatingReview, podBytesOf } from '../support/load/pod-review.ts';
import { makeCertificate, startBareServer, startShimgate, stop } from '../support/load/servers.ts';
import type { Certificate, RunningServer } from '../support/load/servers.ts';
import { figuresOf, judge, median, medianRound, roundOf, variants } from './summary.ts';
import type { Figures, Round, Target, Variant } from './summary.ts';

export type Measured = {
  readonly podBytes: number;
  readonly requestBytes: number;
  readonly connections: number;
  /** Of each start. */
  readonly readyMs: readonly number[];
  /** Of each start. */
  readonly roundCount: number;
  /** The medians of each start. */
  readonly starts: readonly Round[];
  /** Of those: what disturbs a start or two does not count. */
  readonly median: Round;
  readonly logLinesPerMutation: number;
  readonly targets: readonly Target[];
};

export type Settings = {
  /** An empty one, for the certificate and the large world. */
  readonly directory: string;
  readonly cores: Cores;
  /** Of all servers: where code and objects come to lie makes a process faster or slower by some per cent, for all its life. */
  readonly starts: number;
  /** Of each start. */
  readonly rounds: number;
  readonly onProgress: (progress: string) => void;
};

const connections = 8;

/** A turn is short, so that what else the machine does within a round is the same for all. */
const sliceMs = 100;

/** Rounds before the first that counts: V8 goes on compiling for as long, the more code the longer. */
const warmUpRounds = 60;

/** Starts the servers again and again, and has them take turns at being loaded. */
export async function measure({ directory, cores, starts, rounds, onProgress }: Settings): Promise<Measured> {
  const certificate = await makeCertificate(directory);
  const largeWorld = join(directory, 'large-world');
  await writeLargeWorld(largeWorld);
  const mutating = await makeMutatingReview();
  const measured: OneStart[] = [];
  for (let start = 1; start <= starts; start++) {
    measured.push(
      await measureOneStart({
        certificate,
        cores,
        largeWorld,
        mutating,
        rounds,
        onProgress: (progress) => {
          onProgress(`start ${start} of ${starts}: ${progress}`);
        },
      }),
    );
  }
  const middle = medianRound(measured.map((one) => one.median));
  const readyMs = measured.map((one) => one.readyMs);
  const sum = (pick: (one: OneStart) => number) => measured.reduce((total, one) => total + pick(one), 0);
  return {
    podBytes: podBytesOf(mutating),
    requestBytes: Buffer.byteLength(mutating),
    connections,
    readyMs,
    roundCount: rounds,
    starts: measured.map((one) => one.median),
    median: middle,
    logLinesPerMutation: sum((one) => one.logLines) / sum((one) => one.mutations),
    targets: judge(middle, median(readyMs)),
  };
}

type OneStart = {
  readonly readyMs: number;
  readonly median: Round;
  readonly mutations: number;
  readonly logLines: number;
};

type StartSettings = Pick<Settings, 'cores' | 'rounds' | 'onProgress'> & {
  readonly certificate: Certificate;
  readonly largeWorld: string;
  readonly mutating: string;
};

async function measureOneStart(settings: StartSettings): Promise<OneStart> {
  const { certificate, cores, largeWorld, mutating, rounds: roundCount, onProgress } = settings;
  const servers: RunningServer[] = [];
  const started = async (starting: Promise<RunningServer>) => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const load = new LoadProcess();
  const loadOf = ({ port, pid }: RunningServer, path: string, body: string): Load => ({
    target: { port, path, authority: certificate.authority },
    body,
    connections,
    serverPid: pid,
  });
  try {
    const shimgate = await started(startShimgate(certificate, cores));
    const large = await started(startShimgate(certificate, cores, { cluster: largeWorld }));
    const path = '/mutate?timeout=10s';
    await load.open('mutate', loadOf(shimgate, path, mutating));
    const first = await load.drive('mutate', 100);
    const validating = makeValidatingReview(mutating, patchIn(first.answer));
    await load.open('large', loadOf(large, path, mutating));
    await load.open('validate', loadOf(shimgate, '/validate?timeout=10s', validating));
    await load.open('https', loadOf(await started(startBareServer('https', certificate, cores)), '/', mutating));
    await load.open('express', loadOf(await started(startBareServer('express', certificate, cores)), '/', mutating));

    let mutations = first.requests;
    const rounds: Round[] = [];
    for (let number = -warmUpRounds; number < roundCount; number++) {
      onProgress(number < 0 ? `warming up: ${-number}` : `round ${number + 1} of ${roundCount}`);
      const figures = new Map<Variant, Figures>();
      // To and fro, so that nobody always has the turn after the same one.
      for (const variant of number % 2 === 0 ? variants : variants.toReversed()) {
        const result = await load.drive(variant, sliceMs);
        check(variant, result);
        if (variant === 'mutate') mutations += result.requests;
        figures.set(variant, figuresOf(result));
      }
      if (number >= 0) rounds.push(roundOf(figures));
    }
    return { readyMs: shimgate.readyMs, median: medianRound(rounds), mutations, logLines: shimgate.logLines() };
  } finally {
    await load.end();
    await Promise.all(servers.map(stop));
  }
}

/** @throws where what was answered is not what was to be measured */
function check(variant: Variant, { answer }: LoadResult): void {
  if (variant === 'mutate' || variant === 'large') patchIn(answer);
  else if (variant === 'validate') assertAllowed(answer);
}
