import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Which core the server under test has to itself, and which the load. */
export type Cores =
  | { readonly kind: 'pinned'; readonly server: number; readonly load: number }
  | { readonly kind: 'unpinned'; readonly reason: string };

/**
 * Gives the server a core of its own: this process, and whatever it starts without `pinned`, moves to another one. Where
 * that is not possible, the run goes on without, and says so.
 */
export async function takeCores(): Promise<Cores> {
  try {
    const [server, load] = await allowedCores();
    if (server === undefined || load === undefined) return { kind: 'unpinned', reason: 'there is only one core' };
    await promisify(execFile)('taskset', ['-acp', String(load), String(process.pid)]);
    return { kind: 'pinned', server, load };
  } catch (error) {
    return { kind: 'unpinned', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The command line that runs a program on the server's core. */
export function pinned(cores: Cores, program: string, args: readonly string[]): readonly [string, readonly string[]] {
  return cores.kind === 'pinned' ? ['taskset', ['-c', String(cores.server), program, ...args]] : [program, args];
}

/** Linux writes them as a list of numbers and ranges, such as `0-3,6`. */
async function allowedCores(): Promise<readonly number[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
