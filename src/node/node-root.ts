import { access, constants, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { codeOf, followLinks } from '../import/links-of-node.ts';
import { nodeFiles, type FileReading, type NodeFiles } from '../import/node-files.ts';

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
  /** The path on the node behind all links, absolute, or what there is to say instead. */
  const follow = async (path: string) => {
    const followed = await followLinks(posix.resolve('/', path), files.onDisk);
    if (followed.kind === 'there') return isSeen(followed.place) ? followed.place : 'unseen';
    const isAbsent = ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(followed.code);
    return isAbsent && isSeen(followed.place) ? 'missing' : 'unseen';
  };
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
      shown: (path) => path,
      hasAll: isSeen,
    },
  };
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
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
