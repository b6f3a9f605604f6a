import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cores } from '../support/load/cores.ts';
import { readCpuSeconds } from '../support/load/process-cpu.ts';
import { makeMutatingReview } from '../support/load/pod-review.ts';
import { startShimgate, stop, type Certificate } from '../support/load/servers.ts';
import type { Abuse } from './abuses.ts';
import { createPods, type Ordinary } from './ordinary-pods.ts';
import { memoryMiB } from '../support/load/process-memory.ts';

/** How much longer than without abuse the review of an ordinary pod may take, at the median. */
const maxSlowdown = 1.5;

/** Until an abuse is in full swing, in milliseconds. */
const settlingMs = 5_000;

/** Creates ordinary pods on a replica of its own, without and with an abuse. @returns what should not have been */
export async function judgeAbuse(
  { name, writeCluster }: Abuse,
  certificate: Certificate,
  cores: Cores,
  { ms, limitMiB }: { readonly ms: number; readonly limitMiB: number },
): Promise<readonly string[]> {
  const cluster = await mkdtemp(path.join(tmpdir(), 'shimgate-abuse-'));
  await writeCluster?.(cluster);
  const server = await startShimgate(certificate, cores, writeCluster === undefined ? {} : { cluster });
  const target = { port: server.port, authority: certificate.authority };
  try {
    const body = await makeMutatingReview();
    await createPods(target, body, settlingMs);
    const control = await createPods(target, body, ms);
    const abuser = fork(path.join(import.meta.dirname, 'abuse-main.ts'), [name]);
    const gone = once(abuser, 'exit');
    // What is measured is how the replica bears it, and not how this machine bears those who do it.
    if (abuser.pid !== undefined) setPriority(abuser.pid, constants.priority.PRIORITY_LOW);
    abuser.send(target);
    await sleep(settlingMs);
    const before = readCpuSeconds(server.pid);
    const abused = await createPods(target, body, ms);
    const busy = ((readCpuSeconds(server.pid) ?? NaN) - (before ?? NaN)) / (ms / 1000);
    const hasFailed = abuser.exitCode !== null;
    abuser.kill('SIGTERM');
    await gone;
    const peakMiB = memoryMiB(server.pid, 'VmHWM');
    console.log(
      `${name}: ordinary pods ${shown(abused)}; control ${shown(control)}; peak ${peakMiB} MiB, ${(busy * 100).toFixed(0)} % of a core`,
    );
    return [
      ...(server.process.exitCode !== null || server.process.signalCode !== null ? ['the replica ended'] : []),
      ...(hasFailed ? ['the abuse ended early'] : []),
      ...(abused.p50Ms > maxSlowdown * control.p50Ms ? [`p50 is more than ${maxSlowdown} times the control's`] : []),
      ...(abused.refused.length > 0 ? [`ordinary pods were refused: ${[...new Set(abused.refused)].join(', ')}`] : []),
      ...(abused.lost > 0 ? [`${abused.lost} ordinary pods were not answered`] : []),
      ...(peakMiB > limitMiB ? [`it needed more than ${limitMiB} MiB`] : []),
    ].map((fault) => `${name}: ${fault}`);
  } finally {
    await stop(server);
    await rm(cluster, { recursive: true });
  }
}

function shown({ p50Ms, worstMs, answered }: Ordinary): string {
  return `${answered} answered, p50 ${p50Ms.toFixed(2)} ms, worst ${worstMs.toFixed(0)} ms`;
}
