/** The program as it was before its audit was made faster: what the audit of today is measured against. */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const checkout = join(import.meta.dirname, '../../..');
export const baselineCommit = '13abb09a4e3f5ea2283d4339e8e7576efe87947b';

/**
 * Builds the program as it was at the commit, with the packages that it had then: once, outside of the checkout.
 *
 * @returns its main.js
 * @throws where git does not have the commit, as in a shallow clone, or npm cannot get the packages
 */
export async function buildBaseline(onProgress: (progress: string) => void): Promise<string> {
  const home = join(cacheHome(), 'shimgate', 'bench', baselineCommit);
  const program = join(home, 'dist', 'main.js');
  if (await exists(program)) return program;
  await assertCommit();
  await mkdir(dirname(home), { recursive: true });
  const building = await mkdtemp(`${home}.`);
  try {
    onProgress(`building ${baselineCommit.slice(0, 7)} in ${home}, once`);
    const archive = join(building, 'source.tar');
    await run('git', ['archive', '--format=tar', `--output=${archive}`, baselineCommit], { cwd: checkout });
    await run('tar', ['-xf', archive, '-C', building]);
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: building });
    await run('npm', ['run', '--silent', 'build'], { cwd: building });
    await rm(home, { recursive: true, force: true });
    await rename(building, home);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
  return program;
}

async function assertCommit(): Promise<void> {
  try {
    await run('git', ['cat-file', '-e', `${baselineCommit}^{commit}`], { cwd: checkout });
  } catch {
    throw new Error(
      `git does not have commit ${baselineCommit}, which the audit is measured against. A shallow clone lacks it: ` +
        '"git fetch --unshallow" gets the rest of the history. Or give --no-baseline to measure without it.',
    );
  }
}

/** The XDG specification has relative paths ignored. */
function cacheHome(): string {
  const { XDG_CACHE_HOME: given, HOME: home = homedir() } = process.env;
  return given !== undefined && isAbsolute(given) ? given : join(home, '.cache');
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
