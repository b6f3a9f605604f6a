import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { readdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = '/sys/fs/cgroup';

/** The beginning of the folders' names; the process that made one follows. */
const prefix = 'shimgate-node-';

/**
 * Makes a control group for all pods of this run, in each hierarchy.
 *
 * @returns its name, as the kubelet's `cgroupRoot` takes it after a slash
 */
export function makeCgroup(): string {
  const name = `${prefix}${process.pid}`;
  for (const hierarchy of hierarchies()) mkdirSync(path.join(hierarchy, name), { recursive: true });
  return name;
}

/** Removes a run's control group, and those below it. A process that has just ended still counts for a moment. */
export async function removeCgroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const folder = path.join(hierarchy, name);
    for (let tries = 50; !(await isRemoved(folder)); tries--) {
      if (tries === 0) throw new Error(`The control group ${folder} cannot be removed: something still runs in it.`);
      await sleep(100);
    }
  }
}

/** Removes those of runs that were killed. */
export async function removeStaleCgroups(): Promise<void> {
  const names = new Set((await Promise.all(hierarchies().map((folder) => readdir(folder)))).flat());
  for (const name of names) {
    const pid = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (/^\d+$/.test(pid) && !(await exists(`/proc/${pid}`))) await removeCgroup(name);
  }
}

async function isRemoved(folder: string): Promise<boolean> {
  if (!(await exists(folder))) return true;
  try {
    // Deepest first: only an empty control group can go, and its files are not removed one by one.
    const below = await readdir(folder, { recursive: true, withFileTypes: true });
    const folders = below
      .filter((entry) => entry.isDirectory())
      .map((entry) => path.join(entry.parentPath, entry.name));
    for (const one of folders.toSorted((a, b) => b.length - a.length)) await rmdir(one);
    await rmdir(folder);
    return true;
  } catch {
    return false;
  }
}

/** One folder where version 2 is mounted alone; else one for each hierarchy of version 1. */
function hierarchies(): readonly string[] {
  if (existsSync(path.join(root, 'cgroup.controllers'))) return [root];
  const names = readdirSync(root);
  return names.filter((name) => name !== 'unified').map((name) => path.join(root, name));
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
