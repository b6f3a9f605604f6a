import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, on every machine that Node runs on (sysconf _SC_CLK_TCK). */
const ticksPerSecond = 100;

/** Seconds of processor time, user and system, that a process has taken; undefined where there is no /proc. */
export function readCpuSeconds(pid: number): number | undefined {
  try {
    // Field 2, the name, stands in parentheses and may hold blanks; user and system time are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return undefined;
  }
}
