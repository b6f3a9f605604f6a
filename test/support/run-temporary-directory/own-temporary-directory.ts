import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProcessGuard } from '../processes/process-guard.ts';

/** The environment variable that says where temporary files go, to this process and to all that it starts. */
const variable = 'TMPDIR';

/** A directory for the temporary files of one run of tests. */
export type OwnTemporaryDirectory = {
  /**
   * Removes it. @throws Error that names what is still there: a test has left it behind
   */
  readonly remove: () => Promise<void>;
};

/**
 * Has temporary files of this process, and of all that it starts from now on, go into a new directory. It is removed also
 * where this process dies before it can.
 */
export async function takeOwnTemporaryDirectory(): Promise<OwnTemporaryDirectory> {
  const before = process.env[variable];
  const directory = await mkdtemp(path.join(tmpdir(), 'shimgate-tests-'));
  const guard = await ProcessGuard.start(directory, [directory]);
  process.env[variable] = directory;
  return {
    remove: async () => {
      if (before === undefined) Reflect.deleteProperty(process.env, variable);
      else process.env[variable] = before;
      const left = await readdir(directory, { recursive: true });
      await rm(directory, { recursive: true });
      await guard.release();
      if (left.length > 0) throw new Error(leftBehind(left));
    },
  };
}

const maxNamed = 20;

function leftBehind(left: readonly string[]): string {
  const named = left.toSorted().slice(0, maxNamed);
  const more = left.length > maxNamed ? `\n  and ${left.length - maxNamed} more` : '';
  return `Tests left temporary files behind:\n  ${named.join('\n  ')}${more}`;
}
