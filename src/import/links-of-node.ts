import { readlink, stat } from 'node:fs/promises';
import { posix } from 'node:path';

/** As many as Linux follows. Source: path_resolution(7). */
const maxLinks = 40;

/**
 * Where a path leads on the node whose file system was copied below a root: an absolute symbolic link, as NixOS has them in
 * /etc, begins at that root again, and nothing leads above it.
 *
 * @param path on the node, absolute
 * @param onDisk where a path of the node is on this machine
 * @returns undefined where nothing is there
 */
export async function followOnNode(path: string, onDisk: (path: string) => string): Promise<string | undefined> {
  let place = '/';
  let rest = partsOf(path);
  for (let links = 0; links <= maxLinks;) {
    const [name, ...more] = rest;
    if (name === undefined) return (await isThere(onDisk(place))) ? place : undefined;
    const next = posix.join(place, name);
    const target = await targetOf(onDisk(next));
    if (target === undefined) {
      place = next;
      rest = more;
    } else {
      links++;
      if (target.startsWith('/')) place = '/';
      rest = [...partsOf(target), ...more];
    }
  }
  return undefined;
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

/** What a symbolic link says; undefined for anything else. */
async function targetOf(file: string): Promise<string | undefined> {
  return readlink(file).catch(() => undefined);
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
