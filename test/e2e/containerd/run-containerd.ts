import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBinaries } from '../../support/binaries/ensure-binaries.ts';
import { ProcessGuard } from '../../support/processes/process-guard.ts';

const bootTimeoutMs = 30_000;

/**
 * Starts the pinned containerd with a configuration, in directories of its own, and ends it once it has booted.
 *
 * @param file the configuration
 * @param directory where its root, state and socket go
 * @returns its log, in logrus's text format
 * @throws Error where it has not booted in time, with its log
 */
export async function runContainerd(file: string, directory: string): Promise<string> {
  const { containerd } = await ensureBinaries();
  const places = ['root', 'state'].flatMap((name) => [`--${name}`, join(directory, name)]);
  const args = ['--config', file, ...places, '--address', join(directory, 'containerd.sock')];
  const guard = await ProcessGuard.start(randomUUID());
  const env = { ...process.env, ...guard.environment };
  const child = spawn(containerd, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = once(child, 'close');
  try {
    const deadline = Date.now() + bootTimeoutMs;
    while (!log.includes('containerd successfully booted') && child.exitCode === null && Date.now() < deadline)
      await sleep(20);
    if (!log.includes('containerd successfully booted')) throw new Error(`containerd did not boot:\n${log}`);
    return log;
  } finally {
    child.kill();
    await ended;
    await guard.release();
  }
}

/** What `crictl info` would print: the CRI plugin logs, as it starts, the very configuration that it reports later. */
export function crictlInfo(log: string): string {
  const logged = /msg="starting cri plugin" config=("(?:[^"\\]|\\.)*")/.exec(log)?.[1];
  if (logged === undefined) throw new Error(`containerd's CRI plugin has not started:\n${log}`);
  const config: unknown = JSON.parse(logged);
  if (typeof config !== 'string') throw new Error('containerd logged no text');
  return `{"status": {}, "config": ${config}}`;
}
