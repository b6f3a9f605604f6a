import { setTimeout as sleep } from 'node:timers/promises';
import type { PodSpec } from '../../support/installation/deployment.ts';
import type { Installation } from '../../support/installation/installation.ts';
import type { RunningPod } from '../../support/installation/running-pod.ts';
import { memoryMiB } from '../../support/load/process-memory.ts';
import { readCpuSeconds } from '../../support/load/process-cpu.ts';
import { median } from '../summary.ts';
import { readyMs } from './ready.ts';

/** A replica that follows what nodes say, or one that does not. */
export type Kind = 'with' | 'without';

/** What a replica took by then, in MiB and seconds of processor time. */
type Taken = { readonly readyMiB: number; readonly peakMiB: number; readonly settledMiB: number; readonly cpu: number };

/** How much more one takes that follows what nodes say, in MiB: one number a round. */
export type Differences = Readonly<Record<'ready' | 'peak' | 'settled', readonly number[]>>;

/** Garbage is collected for some seconds yet. */
const settleMs = 10_000;

/** Starts one replica of the kind, and waits until it is ready. */
export async function startReplica(installation: Installation, kind: Kind): Promise<RunningPod> {
  const pod = await installation.startPod({ change: (spec) => (kind === 'with' ? spec : withoutNodeRuntimes(spec)) });
  await pod.untilReady(120_000);
  return pod;
}

/** Starts replicas of both kinds in turns, and prints what each takes. */
export async function takeTurns(installation: Installation, rounds: number): Promise<Differences> {
  const differences = { ready: [] as number[], peak: [] as number[], settled: [] as number[] };
  for (let round = 1; round <= rounds; round++) {
    const without = await takenBy(installation, 'without', round);
    const following = await takenBy(installation, 'with', round);
    differences.ready.push(following.readyMiB - without.readyMiB);
    differences.peak.push(following.peakMiB - without.peakMiB);
    differences.settled.push(following.settledMiB - without.settledMiB);
  }
  return differences;
}

/** Prints by how much they differ. @returns whether the median of none is above the bound */
export function judgeDifferences(differences: Differences, boundMiB: number): boolean {
  const names = { ready: 'when ready', peak: 'at most', settled: `${settleMs / 1000} s later` } as const;
  let isMet = true;
  console.log('\nWhat nodes say takes so many MiB more: median (least to most)');
  for (const [key, name] of Object.entries(names) as readonly (readonly [keyof Differences, string])[]) {
    const found = differences[key];
    const isWithin = median(found) <= boundMiB;
    isMet &&= isWithin;
    console.log(
      `${name.padEnd(20)}${median(found)} (${Math.min(...found)} to ${Math.max(...found)})   target ${boundMiB}: ${isWithin ? 'met' : 'MISSED'}`,
    );
  }
  return isMet;
}

async function takenBy(installation: Installation, kind: Kind, round: number): Promise<Taken> {
  const pod = await startReplica(installation, kind);
  const readyMiB = memoryMiB(pod.pid, 'VmRSS');
  const ready = await readyMs(pod);
  await sleep(settleMs);
  const taken = {
    readyMiB,
    settledMiB: memoryMiB(pod.pid, 'VmRSS'),
    peakMiB: memoryMiB(pod.pid, 'VmHWM'),
    cpu: readCpuSeconds(pod.pid) ?? NaN,
  };
  await installation.stopPod(pod, 'SIGKILL');
  console.log(
    `round ${round} ${kind.padEnd(7)} what nodes say: ready after ${(ready / 1000).toFixed(1)} s with ${readyMiB} MiB, ${taken.settledMiB} ${settleMs / 1000} s later, peak ${taken.peakMiB}; processor ${taken.cpu.toFixed(1)} s`,
  );
  return taken;
}

function withoutNodeRuntimes(spec: PodSpec): PodSpec {
  const containers = spec.containers.map((one) => {
    const args = one.args?.filter((arg) => arg !== '--node-runtimes');
    if (args?.length === one.args?.length) throw new Error('The chart has no --node-runtimes.');
    return { ...one, ...(args !== undefined && { args }) };
  });
  return { ...spec, containers };
}
