import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The built program, as `npm run build` leaves it. */
export const program = join(import.meta.dirname, '../../../dist/main.js');

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

type Surroundings = {
  /** What the program reads from standard input. */
  readonly stdin?: string;
  readonly cwd?: string;
  /** Arguments for Node, before the program. */
  readonly nodeArgs?: readonly string[];
};

/** Runs the built program as a user would, until it ends. */
export async function runShimgate(
  args: readonly string[],
  { stdin = '', cwd, nodeArgs = [] }: Surroundings = {},
): Promise<Ended> {
  return run(process.execPath, [...nodeArgs, program, ...args], { stdin, cwd });
}

/** Runs any program until it ends; with no settings of ours in its environment that change what it prints. */
export async function run(
  command: string,
  args: readonly string[],
  { stdin = '', cwd }: { readonly stdin?: string; readonly cwd?: string | undefined } = {},
): Promise<Ended> {
  const { FORCE_COLOR: _force, NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A program that ends without reading what it is given is no error.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}
