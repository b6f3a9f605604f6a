import { writeError } from './output.ts';
import { run } from './program.ts';

/** Runs the command line of this process, and leaves its exit code to it. */
export async function start(): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    writeError('internal error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 2;
  }
}
