import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is to be removed at the end of a run: each removes itself. */
const removals = new Set<() => Promise<void>>();

/**
 * Has something that is removed again, whatever ends the run but SIGKILL.
 *
 * @param make makes it, with nothing to wait for: a signal would come between
 */
export async function withRemoval<Made, Result>(
  make: () => Made,
  remove: (made: Made) => Promise<void>,
  use: (made: Made) => Promise<Result>,
): Promise<Result> {
  const made = make();
  const removal = () => remove(made);
  removals.add(removal);
  try {
    return await use(made);
  } finally {
    // A run that a signal ends has no more to say, of what failed by that.
    await ending;
    await removal();
    removals.delete(removal);
  }
}

/** Has a folder of its own. @param prefix of its path, to which a random part is added */
export function inTemporaryFolder<Result>(prefix: string, use: (folder: string) => Promise<Result>): Promise<Result> {
  const remove = (folder: string) => rm(folder, { recursive: true, force: true });
  return withRemoval(() => mkdtempSync(prefix), remove, use);
}

const dayMs = 24 * 3_600_000;

/**
 * Removes what runs left that were killed, a day after: a younger one may be alive.
 *
 * @param isMeant of the names in that folder
 */
export async function removeOld(folder: string, isMeant: (name: string) => boolean): Promise<void> {
  for (const name of (await readdir(folder)).filter(isMeant)) {
    const found = path.join(folder, name);
    // Another run may do the same at this moment.
    const made = (await stat(found).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - made > dayMs) await rm(found, { recursive: true, force: true });
  }
}

let ending: Promise<never> | undefined;

/**
 * Has a signal end the run at any point: all that was started is ended, and all that was made is removed. More signals change
 * nothing. The exit code is 130.
 */
export function endOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      ending ??= endRun();
    });
  }
}

async function endRun(): Promise<never> {
  // What unwinds meanwhile starts perhaps another program: until there is none.
  for (let left = descendants(); left.length > 0; left = descendants()) {
    left.forEach(killQuietly);
    await sleep(20);
  }
  for (const remove of [...removals].toReversed()) {
    await remove().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  }
  process.exit(130);
}

/** The living processes that this one started, and those that they started. */
function descendants(): readonly number[] {
  const childrenOf = Map.groupBy(processes(), ({ parent }) => parent);
  const below = (pid: number): readonly number[] =>
    (childrenOf.get(pid) ?? []).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(process.pid);
}

function processes(): readonly { readonly pid: number; readonly parent: number }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // The name, in parentheses, may have any character in it.
      const [state, parent] =
        readFileSync(`/proc/${name}/stat`, 'utf8')
          .split(/^.*\) /s)[1]
          ?.split(' ') ?? [];
      return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent) }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, which is what was wanted.
  }
}
