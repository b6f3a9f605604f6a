import type { Cores } from '../support/load/cores.ts';
import { join } from 'node:path';
import { assertAllowed, patchIn } from './expected-answers.ts';
import { writeLargeWorld } from './large-world.ts';
import { LoadProcess } from '../support/load/load-process.ts';
import { makeMutatingReview, makeValidatingReview, podBytesOf } from '../support/load/pod-review.ts';
import { makeCertificate, startBareServer, startShimgate, stop, type RunningServer } from '../support/load/servers.ts';
import { figuresOf, judge, median, medianRound, roundOf, variants } from './summary.ts';
import type { Figures, Round, Target, Variant } from './summary.ts';

export type Measured = {
  readonly podBytes: number;
  readonly requestBytes: number;
  readonly connections: number;
  /** Of each start. */
  readonly readyMs: readonly number[];
  readonly rounds: readonly Round[];
  readonly median: Round;
  readonly logLinesPerMutation: number;
  readonly targets: readonly Target[];
};

export type Settings = {
  /** An empty one, for the certificate. */
  readonly directory: string;
  readonly cores: Cores;
  readonly rounds: number;
  readonly onProgress: (progress: string) => void;
};

/** What is sent where in one variant. */
type Load = { readonly server: RunningServer; readonly path: string; readonly body: string };

const starts = 5;
const connections = 8;
const warmUpMs = 1_000;
const measureMs = 5_000;

/** How long each is driven before the first round: V8 goes on compiling for as long, the more code the longer. */
const compileMs = 6_000;

/** Starts the servers, loads them one after the other in every round, and stops them again. */
export async function measure({ directory, cores, rounds: roundCount, onProgress }: Settings): Promise<Measured> {
  const certificate = await makeCertificate(directory);
  const servers: RunningServer[] = [];
  const started = async (starting: Promise<RunningServer>) => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const load = new LoadProcess();
  const drive = ({ server, path, body }: Load, times = { warmUpMs, measureMs }) => {
    const target = { port: server.port, path, authority: certificate.authority };
    return load.drive({ target, body, connections, ...times, serverPid: server.pid });
  };
  try {
    const readyMs: number[] = [];
    for (let number = 1; number <= starts; number++) {
      onProgress(`start ${number} of ${starts}`);
      const server = await startShimgate(certificate, cores);
      readyMs.push(server.readyMs);
      await stop(server);
    }

    const shimgate = await started(startShimgate(certificate, cores));
    const largeWorld = join(directory, 'large-world');
    await writeLargeWorld(largeWorld);
    const large = await started(startShimgate(certificate, cores, { cluster: largeWorld }));
    const mutating = await makeMutatingReview();
    const mutate = { server: shimgate, path: '/mutate?timeout=10s', body: mutating };
    const first = await drive(mutate, { warmUpMs: 100, measureMs: 100 });
    const validating = makeValidatingReview(mutating, patchIn(first.answer));
    const loads: Readonly<Record<Variant, Load>> = {
      https: { server: await started(startBareServer('https', certificate, cores)), path: '/', body: mutating },
      express: { server: await started(startBareServer('express', certificate, cores)), path: '/', body: mutating },
      mutate,
      large: { ...mutate, server: large },
      validate: { server: shimgate, path: '/validate?timeout=10s', body: validating },
    };

    let mutations = first.answered;
    for (const variant of variants) {
      onProgress(`warming up ${variant}`);
      const { answered } = await drive(loads[variant], { warmUpMs: compileMs, measureMs: 100 });
      if (variant === 'mutate') mutations += answered;
    }
    const rounds: Round[] = [];
    for (let number = 1; number <= roundCount; number++) {
      const figures = new Map<Variant, Figures>();
      for (const variant of variants) {
        onProgress(`round ${number} of ${roundCount}: ${variant}`);
        const result = await drive(loads[variant]);
        if (variant === 'mutate') {
          patchIn(result.answer);
          mutations += result.answered;
        }
        if (variant === 'large') patchIn(result.answer);
        if (variant === 'validate') assertAllowed(result.answer);
        figures.set(variant, figuresOf(result));
      }
      rounds.push(roundOf(figures));
    }
    const middle = medianRound(rounds);
    return {
      podBytes: podBytesOf(mutating),
      requestBytes: Buffer.byteLength(mutating),
      connections,
      readyMs,
      rounds,
      median: middle,
      logLinesPerMutation: shimgate.logLines() / mutations,
      targets: judge(middle, median(readyMs)),
    };
  } finally {
    await load.end();
    await Promise.all(servers.map(stop));
  }
}
