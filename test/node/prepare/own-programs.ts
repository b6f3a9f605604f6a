import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../support/processes/run-program.ts';

/**
 * Builds a program of the node tests, static and the same each time; with Go's cache that takes a second.
 *
 * @param folder with its module, below test/node
 * @returns its path
 * @throws Error where it cannot be built
 */
export async function buildOwnProgram(cache: string, folder: string, name: string): Promise<string> {
  const target = path.join(cache, name);
  await mkdir(cache, { recursive: true });
  const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags=-s -w -buildid='];
  const cwd = path.join(import.meta.dirname, '..', folder);
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  const args = ['build', ...flags, `-o=${target}`, '.'];
  const { exitCode, stderr } = await runProgram('go', args, { cwd, env, timeoutMs: 600_000 });
  if (exitCode !== 0) throw new Error(`${name} cannot be built: ${stderr}`);
  return target;
}
