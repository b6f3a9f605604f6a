import { access, constants, readlink, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { globAsGo, listDirectory, nodeFiles, type FileReading, type NodeFiles } from '../import/node-files.ts';

/** What is at a path of the node. `unseen` is where the agent cannot look. */
export type Found = 'executable' | 'file' | 'directory' | 'missing' | 'unseen';

/** The file system of the node that this process runs on, which is mounted below a directory, as a whole or in parts. */
export type NodeRoot = {
  /** Of these, a path is always the one on the node. */
  readonly files: NodeFiles;
  /** What is at a path of the node, absolute. */
  readonly look: (path: string) => Promise<Found>;
  /** Where a path of the node is on this machine, with its symbolic links followed; undefined where there is nothing to see. */
  readonly locate: (path: string) => Promise<string | undefined>;
};

/** As many as Linux follows. */
const maxLinks = 40;

const unseen: FileReading = { kind: 'unseen', reason: 'is where the agent cannot look' };

/**
 * The node's files below a directory. Symbolic links lead where they would lead on the node: an absolute one begins at that
 * directory, as in a chroot.
 *
 * @param root the directory; `/` where this machine's own file system is meant
 * @param hostPaths what of the node is there; undefined for all of it. Of other paths nothing can be said
 */
export function nodeRoot(root: string, hostPaths?: readonly string[]): NodeRoot {
  const files = nodeFiles(root);
  const isSeen = (path: string) => hostPaths === undefined || hostPaths.some((seen) => isBelow(path, seen));
  const follow = (path: string) => followLinks(path, isSeen, (next) => readlink(files.onDisk(next)));
  const locate = async (path: string) => {
    const real = await follow(path);
    return real === 'missing' || real === 'unseen' ? undefined : files.onDisk(real);
  };
  return {
    locate,
    look: async (path) => {
      const real = await follow(path);
      return real === 'missing' || real === 'unseen' ? real : kindOf(files.onDisk(real));
    },
    files: {
      ...files,
      read: async (path) => {
        const real = await follow(path);
        if (real === 'missing') return { kind: 'missing' };
        if (real === 'unseen') return unseen;
        const reading = await files.read(real);
        // containerd is root, and reads what this process may not.
        if (reading.kind !== 'unreadable' || (await isReadable(files.onDisk(real)))) return reading;
        return { kind: 'unseen', reason: reading.reason };
      },
      glob: (pattern) =>
        globAsGo(pattern, async (directory) => {
          const real = await locate(directory);
          return real === undefined ? [] : listDirectory(real, () => Promise.resolve(true));
        }),
      shown: (path) => path,
      hasAll: isSeen,
    },
  };
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** The path on the node behind all links, absolute, or what there is to say instead. */
async function followLinks(
  path: string,
  isSeen: (path: string) => boolean,
  readLink: (path: string) => Promise<string>,
): Promise<string> {
  let done = '/';
  let links = 0;
  const parts = partsOf(posix.resolve('/', path));
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const next = posix.join(done, part);
    const target = await readLink(next).catch(codeOf);
    if (typeof target === 'string') {
      if (!isSeen(next)) return 'unseen';
      if (++links > maxLinks) return 'missing';
      parts.unshift(...partsOf(posix.resolve(done, target)));
      done = '/';
    } else if (target.code === 'EINVAL') {
      // No link: a file or a directory, be it one that is only there to mount something below it.
      done = next;
    } else {
      const isAbsent = target.code === 'ENOENT' || target.code === 'ENOTDIR';
      return isAbsent && isSeen(next) ? 'missing' : 'unseen';
    }
  }
  return isSeen(done) ? done : 'unseen';
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function codeOf(error: unknown): { readonly code: string } {
  return { code: typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '' };
}

async function kindOf(file: string): Promise<Found> {
  const found = await stat(file).catch(codeOf);
  if ('code' in found) return found.code === 'ENOENT' ? 'missing' : 'unseen';
  if (found.isDirectory()) return 'directory';
  return found.isFile() && (found.mode & 0o111) !== 0 ? 'executable' : 'file';
}

async function isReadable(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}
