import { readlink } from 'node:fs/promises';
import { posix } from 'node:path';

/** As many as Linux follows. Source: path_resolution(7). */
const maxLinks = 40;

/** Where a path leads on a node, or where on the way there it ends, and by which error. */
export type Followed =
  | { readonly kind: 'there'; readonly place: string }
  | {
      readonly kind: 'ends';
      readonly place: string;
      /** What was looked for when it ended: the place, and what is still to come below it. */
      readonly wanted: string;
      readonly code: string;
    };

/**
 * Follows a path on the node whose file system lies below a root: an absolute symbolic link, as NixOS has them in
 * /etc, begins at that root again, and nothing leads above it.
 *
 * @param path on the node, absolute
 * @param onDisk where a path of the node is on this machine
 */
export async function followLinks(path: string, onDisk: (path: string) => string): Promise<Followed> {
  let place = '/';
  let rest = partsOf(path);
  for (let links = 0; links <= maxLinks;) {
    const [name, ...more] = rest;
    if (name === undefined) return { kind: 'there', place };
    const next = posix.join(place, name);
    const target = await readlink(onDisk(next)).catch(codeOf);
    if (typeof target === 'string') {
      links++;
      if (target.startsWith('/')) place = '/';
      rest = [...partsOf(target), ...more];
    } else if (target.code === 'EINVAL') {
      // No link: a file or a directory.
      place = next;
      rest = more;
    } else {
      return { kind: 'ends', place: next, wanted: posix.join(next, ...more), code: target.code };
    }
  }
  return { kind: 'ends', place, wanted: posix.join(place, ...rest), code: 'ELOOP' };
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

/** The code of an error of the file system; empty for any other error. */
export function codeOf(error: unknown): { readonly code: string } {
  return { code: typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '' };
}
