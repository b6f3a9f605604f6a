import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../support/processes/run-program.ts';

/** Builds the program of the tests' images, which waits to be ended. @returns its path */
export async function buildWaitingProgram(cache: string): Promise<string> {
  const target = path.join(cache, 'wait');
  await mkdir(cache, { recursive: true });
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid=', `-o=${target}`, '.'];
  const cwd = path.join(import.meta.dirname, '..', 'image');
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  const { exitCode, stderr } = await runProgram('go', args, { cwd, env, timeoutMs: 120_000 });
  if (exitCode !== 0) throw new Error(`The waiting program cannot be built: ${stderr}`);
  return target;
}
