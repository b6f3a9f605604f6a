import { readdirSync, readFileSync } from 'node:fs';

/**
 * Seconds of processor time that all threads of a process have taken; undefined where the system does not tell. A thread
 * that has ended counts no more: between two readings none should.
 *
 * Source: Linux, Documentation/scheduler/sched-stats.rst: nanoseconds on the processor come first. /proc/PID/stat counts
 * in hundredths of a second, too coarse for a slice of a few.
 */
export function readCpuSeconds(pid: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const spent = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
    );
    return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e9;
  } catch {
    return undefined;
  }
}
