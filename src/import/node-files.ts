import { readdir, realpath, stat } from 'node:fs/promises';
import { posix, relative, resolve, sep } from 'node:path';
import { readBoundedFile, UnfitFileError } from '../follow/read-file.ts';
import { codeOf, followLinks } from './links-of-node.ts';
import { isMadeAtRunTime } from './known-places.ts';
import { pathMatch } from '../shim/path-match.ts';

/** The files of one node: this machine's own, or a copy of a node's file system below a directory. */
export type NodeFiles = {
  /** Reads a file by its path on the node. */
  readonly read: (path: string) => Promise<FileReading>;
  /** What a pattern matches, as Go's filepath.Glob finds it; undefined for a bad pattern. */
  readonly glob: (pattern: string) => Promise<Matches | undefined>;
  /** Where a path on the node is on this machine. */
  readonly onDisk: (path: string) => string;
  /** How to call a path on the node in a message: where it is on this machine. */
  readonly shown: (path: string) => string;
  /** Whether a file that is not found here is not on the node either. */
  readonly hasAll: (path: string) => boolean;
};

export type FileReading =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'missing' }
  /** The reason is the end of a sentence that begins with the file. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | Unseen;

/** The node may have it, and this process cannot look. */
export type Unseen = {
  readonly kind: 'unseen';
  readonly why: 'forbidden' | 'not here';
  /** The end of a sentence that begins with the file or its directory. */
  readonly reason: string;
  readonly fix: string;
};

/** Paths on the node, and why there may be more of them. */
export type Matches = { readonly paths: readonly string[]; readonly unseen: Unseen | undefined };

/** What containerd, which is root, may read. */
export function forbidden(): Unseen {
  const fix =
    process.geteuid?.() === 0
      ? 'Let root read it without capabilities, and see whether SELinux or AppArmor forbids it.'
      : 'Run this as root, as containerd is; agents are with nodes.runAsRoot=true.';
  return { kind: 'unseen', why: 'forbidden', reason: 'may not be read by this user', fix };
}

/** Node's own configurations have some kilobytes; what crictl prints of a large node, some hundred. */
const maxFileBytes = 1024 * 1024;

const tooLarge: FileReading = { kind: 'unreadable', reason: 'is larger than 1 MiB' };

/**
 * The files of this machine, or, with a root, of the node whose file system was copied below it.
 *
 * @param beside where there is no root: the directory of a file that may be a copy, beside which alone this machine is
 * known to have what the node has; undefined where this machine is the node
 */
export function nodeFiles(root?: string, beside?: string): NodeFiles {
  const onDisk = (path: string) => (root === undefined ? path : resolve(root, `.${posix.normalize(path)}`));
  const isBelowRoot = async (file: string) => {
    if (root === undefined) return true;
    const [real, realRoot] = await Promise.all([realpath(file), realpath(root)]);
    return real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : `${realRoot}${sep}`);
  };
  /** Where on this machine a path of the node is, with the links of a copy followed as on the node. */
  const follow = async (path: string): Promise<string | Unseen> => {
    if (root === undefined || root === '/') return onDisk(path);
    const followed = await followLinks(path, onDisk);
    if (followed.kind === 'there') return onDisk(followed.place);
    return isForbidden(followed.code) ? forbidden() : onDisk(path);
  };
  return {
    read: async (path) => {
      const file = await follow(path);
      if (typeof file !== 'string') return file;
      try {
        // A copy may hold symbolic links that were meant for the node: they must not lead out into this machine.
        if (!(await isBelowRoot(file)))
          return { kind: 'unreadable', reason: `leads out of ${root ?? ''} by a symbolic link` };
        return { kind: 'bytes', bytes: await readBoundedFile(file, maxFileBytes) };
      } catch (error) {
        return toReading(error);
      }
    },
    glob: (pattern) =>
      globOnNode(pattern, async (path) => {
        const directory = await follow(path);
        return typeof directory === 'string' ? listDirectory(directory, isBelowRoot) : directory;
      }),
    onDisk,
    shown: (path) => {
      const file = onDisk(path);
      const fromHere = relative('', file);
      return fromHere.startsWith('..') || fromHere === '' ? file : fromHere;
    },
    hasAll: (path) => {
      if (beside !== undefined) return path.startsWith(beside.endsWith('/') ? beside : `${beside}/`);
      return root === undefined || root === '/' || !isMadeAtRunTime(path);
    },
  };
}

/**
 * The files of this machine, and standard input under a path of its own, so that what it imports is found.
 *
 * @throws Error where standard input breaks off
 */
export async function withStandardInput(
  files: NodeFiles,
  place: string,
  stdin: AsyncIterable<Uint8Array>,
): Promise<NodeFiles> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    length += chunk.length;
    if (length > maxFileBytes) break;
    chunks.push(chunk);
  }
  const reading: FileReading = length > maxFileBytes ? tooLarge : { kind: 'bytes', bytes: Buffer.concat(chunks) };
  return {
    ...files,
    read: async (path) => (path === place ? reading : files.read(path)),
    shown: (path) => (path === place ? 'stdin' : files.shown(path)),
  };
}

function toReading(error: unknown): FileReading {
  if (error instanceof UnfitFileError) return { kind: 'unreadable', reason: error.reason };
  const { code } = codeOf(error);
  if (isForbidden(code)) return forbidden();
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'missing' };
    case 'ELOOP':
      return { kind: 'unreadable', reason: 'is a symbolic link without end' };
    case 'ENAMETOOLONG':
      return { kind: 'unreadable', reason: 'has a name that is too long' };
    case '':
      throw error;
    default:
      return { kind: 'unreadable', reason: `cannot be read (${code})` };
  }
}

/** @param list the names in a directory of the node */
export async function globOnNode(
  pattern: string,
  list: (directory: string) => Promise<readonly string[] | Unseen>,
): Promise<Matches | undefined> {
  let unseen: Unseen | undefined;
  const paths = await globAsGo(pattern, async (directory) => {
    const listed = await list(directory);
    if (!('kind' in listed)) return listed;
    unseen ??= listed;
    return [];
  });
  return paths && { paths, unseen };
}

/**
 * Go's filepath.Glob on Unix: each directory's names in byte order, hidden ones included; what cannot be listed
 * matches nothing.
 *
 * Source: Go, path/filepath/match.go, Glob.
 */
async function globAsGo(
  pattern: string,
  list: (directory: string) => Promise<readonly string[]>,
): Promise<readonly string[] | undefined> {
  if (pathMatch(pattern, '') === 'bad pattern') return undefined;
  const slash = pattern.lastIndexOf('/');
  const directory = slash <= 0 ? '/' : pattern.slice(0, slash);
  const name = pattern.slice(slash + 1);
  const isPattern = (path: string) => /[*?[\\]/.test(path);
  const directories = isPattern(directory) ? await globAsGo(directory, list) : [directory];
  const matches: string[] = [];
  for (const found of directories ?? []) {
    const names = (await list(found)).filter((entry) =>
      isPattern(name) ? pathMatch(name, entry) === 'match' : name === entry,
    );
    matches.push(...names.map((entry) => posix.join(found, entry)));
  }
  return matches;
}

/** The names in a directory of this machine; none where there is no such directory, or it is not one to look into. */
export async function listDirectory(
  directory: string,
  isAllowed: (directory: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<readonly string[] | Unseen> {
  try {
    if (!(await isAllowed(directory)) || !(await stat(directory)).isDirectory()) return [];
    const names = await readdir(directory);
    return names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch (error) {
    return isForbidden(codeOf(error).code) ? forbidden() : [];
  }
}

/** Whether this user may not do what another may. @param code of an error of the file system */
export function isForbidden(code: string): boolean {
  return code === 'EACCES' || code === 'EPERM';
}
