import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { codeOf, followLinks, type Followed } from '../import/links-of-node.ts';
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
  /** @param directory which holds what was looked for */
  const unmounted = (directory: string): Unseen => {
    const all = [...(hostPaths ?? []), directory].join(',');
    const fix = `Mount ${directory} too: nodes.hostPaths={${all}}.`;
    return { kind: 'unseen', why: 'not here', reason: 'is where the agent cannot look', fix };
  };
  /** @param isDirectory whether a directory is looked for @returns where it is on the node, with all links followed */
  const follow = async (
    path: string,
    isDirectory = false,
  ): Promise<Extract<Followed, { readonly kind: 'there' }> | { readonly kind: 'missing' } | Unseen> => {
    const followed = await followLinks(posix.resolve('/', path), files.onDisk);
    const wanted = followed.kind === 'there' ? followed.place : followed.wanted;
    if (!isSeen(followed.place)) return unmounted(isDirectory ? wanted : posix.dirname(wanted));
    if (followed.kind === 'there') return followed;
    if (isForbidden(followed.code)) return forbidden();
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(followed.code)) return { kind: 'missing' };
    const reason = `cannot be read (${followed.code})`;
    return { kind: 'unseen', why: 'not here', reason, fix: 'Make it readable on the node.' };
  };
  return {
    locate: async (path) => {
      const real = await follow(path);
      return real.kind === 'there' ? files.onDisk(real.place) : undefined;
    },
    look: async (path) => {
      const real = await follow(path);
      return real.kind === 'there' ? kindOf(files.onDisk(real.place)) : real.kind;
    },
    files: {
      ...files,
      read: async (path) => {
        const real = await follow(path);
        return real.kind === 'there' ? files.read(real.place) : real;
      },
      glob: (pattern) =>
        globOnNode(pattern, async (directory) => {
          const real = await follow(directory, true);
          if (real.kind === 'there') return listDirectory(files.onDisk(real.place));
          return real.kind === 'missing' ? [] : real;
        }),
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
