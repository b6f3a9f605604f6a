/** One run of a program's audit over manifests, and what it took. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export type AuditRun = {
  /** From start to end, on the clock. */
  readonly seconds: number;
  /** Of the processor, all threads: what the former would be if nothing else ran here. */
  readonly cpuSeconds: number;
  /** At the most. */
  readonly residentMiB: number;
};

/**
 * A heap that has to do with so much holds what is needed, and not what the collector has not got round to: with more, the
 * collector is lazier the longer a run is.
 */
const heapMiB = 96;

/** Reported by the process itself, as it ends, and not by a thread of it. */
const reportUsage = `import{isMainThread}from'node:worker_threads';if(isMainThread)process.on('exit',()=>{const u=process.resourceUsage();process.stderr.write('usage '+u.maxRSS+' '+(u.userCPUTime+u.systemCPUTime)+'\\n')})`;

/** @throws where the audit fails */
export async function runAudit(program: string, args: readonly string[]): Promise<AuditRun> {
  const nodeFlags = [
    `--max-old-space-size=${heapMiB}`,
    '--import',
    `data:text/javascript,${encodeURIComponent(reportUsage)}`,
  ];
  const start = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, program, 'audit', ...args, '--fail-on', 'never'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.resume();
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  const seconds = (performance.now() - start) / 1000;
  const [, resident, microseconds] = /usage (\d+) (\d+)/.exec(said) ?? [];
  if (child.exitCode !== 0 || resident === undefined) throw new Error(`the audit failed: ${said}`);
  return {
    seconds,
    cpuSeconds: Number(microseconds) / 1e6,
    residentMiB: Number(resident) / 1024,
  };
}
