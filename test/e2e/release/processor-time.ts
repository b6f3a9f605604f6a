import { runProgram } from '../../support/processes/run-program.ts';

/** The least processor time that several runs of a program take, in seconds: whatever else the machine does only adds to it. */
export async function leastProcessorTime(program: string, args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 8; run++) {
    const timed = ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null', '-', program, ...args];
    const { stderr } = await runProgram('bash', timed);
    const seconds = stderr.trim().split(' ').map(Number);
    times.push(seconds.reduce((sum, one) => sum + one, 0));
  }
  return Math.min(...times);
}
