import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The environment variable that every process of a run carries, and with it all that they start. Process groups would lose
 * a program that makes its own session, and a list of pids would lose one that started just before its starter died.
 */
export const runMarker = 'SHIMGATE_E2E_RUN';

const scanIntervalMs = 20;
/** A fork that has not yet exec'd can slip through one scan, so more than one must come back empty. */
const emptyScansNeeded = 3;

/**
 * Lists the living processes of a run, by the marker in their environment.
 *
 * @param runId The run's identity, the value of {@link runMarker}.
 * @returns Process ids, this process's own left out. Processes of other users cannot be looked into and are not listed.
 */
export async function markedProcesses(runId: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = await Promise.all(pids.map(async (pid) => ((await hasMarker(pid, runId)) ? [pid] : [])));
  return marked.flat().filter((pid) => pid !== process.pid);
}

/**
 * Kills every process of a run (SIGKILL: what they hold is thrown away) and waits until none is left.
 *
 * @param runId The run's identity.
 * @param timeoutMs How long to keep trying, in milliseconds.
 * @returns The processes that are still there; empty when it worked.
 */
export async function killMarkedProcesses(runId: string, timeoutMs: number): Promise<readonly number[]> {
  const deadline = Date.now() + timeoutMs;
  let left: readonly number[] = [];
  for (let emptyScans = 0; emptyScans < emptyScansNeeded && Date.now() < deadline;) {
    left = await markedProcesses(runId);
    emptyScans = left.length === 0 ? emptyScans + 1 : 0;
    left.forEach(killQuietly);
    await sleep(scanIntervalMs);
  }
  return left;
}

async function hasMarker(pid: number, runId: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    return environment.split('\0').includes(`${runMarker}=${runId}`);
  } catch {
    // It has ended meanwhile, or belongs to another user.
    return false;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended between the scan and now, which is what was wanted.
  }
}
