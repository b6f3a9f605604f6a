import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { codeOf, followLinks } from '../import/links-of-node.ts';
import { forbidden, globOnNode, isForbidden, listDirectory, nodeFiles } from '../import/node-files.ts';
import type { NodeFiles, Unseen } from '../import/node-files.ts';

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

const unmounted: Unseen = {
  kind: 'unseen',
  reason: 'is where the agent cannot look',
  fix: 'Mount its directory: nodes.hostPaths names what agents see besides /usr and /opt.',
};

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
  /** Where on this machine a path of the node is, with all links followed, or what there is to say instead. */
  const follow = async (path: string): Promise<Real | { readonly kind: 'missing' } | Unseen> => {
    const followed = await followLinks(posix.resolve('/', path), files.onDisk);
    if (!isSeen(followed.place)) return unmounted;
    if (followed.kind === 'there') return { kind: 'there', place: followed.place, file: files.onDisk(followed.place) };
    if (isForbidden(followed.code)) return forbidden;
    return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(followed.code) ? { kind: 'missing' } : unmounted;
  };
  return {
    locate: async (path) => {
      const real = await follow(path);
      return real.kind === 'there' ? real.file : undefined;
    },
    look: async (path) => {
      const real = await follow(path);
      return real.kind === 'there' ? kindOf(real.file) : real.kind;
    },
    files: {
      ...files,
      read: async (path) => {
        const real = await follow(path);
        return real.kind === 'there' ? files.read(real.place) : real;
      },
      glob: (pattern) =>
        globOnNode(pattern, async (directory) => {
          const real = await follow(directory);
          if (real.kind === 'there') return listDirectory(real.file);
          return real.kind === 'missing' ? [] : real;
        }),
      shown: (path) => path,
      hasAll: isSeen,
    },
  };
}

/** A place on the node, and the file of this machine that it is. */
type Real = { readonly kind: 'there'; readonly place: string; readonly file: string };

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

async function kindOf(file: string): Promise<Found> {
  const found = await stat(file).catch(codeOf);
  if ('code' in found) return found.code === 'ENOENT' ? 'missing' : 'unseen';
  if (found.isDirectory()) return 'directory';
  return found.isFile() && (found.mode & 0o111) !== 0 ? 'executable' : 'file';
}
