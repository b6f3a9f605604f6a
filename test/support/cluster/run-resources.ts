import { randomUUID } from 'node:crypto';

import { killMarkedProcesses } from '../processes/marked-processes.ts';
import { ProcessGuard } from '../processes/process-guard.ts';
import { claimLoopbackRange, type LoopbackRange } from './loopback.ts';
import { createRunDirectory, disposableParts, removeRunDirectory, type RunDirectory } from './run-directory.ts';

/** What a cluster holds on this machine for as long as it runs. */
export type RunResources = {
  readonly directory: RunDirectory;
  readonly range: LoopbackRange;
  readonly guard: ProcessGuard;
};

const killTimeoutMs = 15_000;

/** Takes a directory, loopback addresses and a process guard; nothing is left taken where one of them fails. */
export async function acquireRunResources(): Promise<RunResources> {
  const range = await claimLoopbackRange();
  try {
    const directory = await createRunDirectory();
    try {
      return { directory, range, guard: await ProcessGuard.start(randomUUID(), disposableParts(directory)) };
    } catch (error) {
      await removeRunDirectory(directory, 'nothing');
      throw error;
    }
  } catch (error) {
    await range.release();
    throw error;
  }
}

/**
 * Ends every process of the run, whoever started it, and gives back what the run held.
 *
 * @param keep What stays of the directory.
 * @throws Error where a process cannot be ended; the guard then stays and goes on trying when this process ends.
 */
export async function releaseRunResources(
  resources: RunResources,
  keep: 'nothing' | 'logs' | 'everything',
): Promise<void> {
  const left = await killMarkedProcesses(resources.guard.runId, killTimeoutMs);
  if (left.length > 0) {
    throw new Error(`Processes ${left.join(', ')} of the cluster in ${resources.directory.root} cannot be ended.`);
  }
  await resources.guard.release();
  await resources.range.release();
  if (keep !== 'everything') {
    await removeRunDirectory(resources.directory, keep);
  }
}
