/** The guard's own process: see process-guard.ts. Arguments: the run's identity, then what to remove at the end. */
import { rm } from 'node:fs/promises';

import { killMarkedProcesses } from './marked-processes.ts';

const killTimeoutMs = 15_000;

const [runId, ...removeOnDeath] = process.argv.slice(2);
if (runId === undefined) {
  throw new Error('The process guard needs the identity of the run that it guards.');
}

// It outlives what it guards, so what ends that must not end it: the terminal's hang-up, a polite kill of everything.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => undefined);
}

let received = '';
process.stdin.setEncoding('utf8').on('data', (text: string) => {
  received += text;
});
process.stdin.once('close', () => {
  // `released` means that all was ended in the ordinary way; a pipe that closes without it means that the other side died.
  if (received !== 'released\n') {
    void endRun(runId);
  }
});
process.stdout.write('guarding\n');

async function endRun(id: string): Promise<void> {
  await killMarkedProcesses(id, killTimeoutMs);
  await Promise.all(removeOnDeath.map((target) => rm(target, { recursive: true, force: true })));
}
