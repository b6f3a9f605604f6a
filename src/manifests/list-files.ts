import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

const manifestEndings: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);

/** The file itself, or the manifests in a directory and below it, in the order of their names. */
export async function listFiles(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  // A mounted ConfigMap holds each file once more below `..data` and the directory that it points at.
  const isHidden = (file: string) =>
    relative(path, file)
      .split(sep)
      .some((part) => part.startsWith('.'));
  return entries
    .filter((entry) => !entry.isDirectory() && manifestEndings.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !isHidden(file))
    .toSorted();
}
