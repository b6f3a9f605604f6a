import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { importPaths } from '../../../src/import/import-paths.ts';

let count = 0;

/** Lays files out in a new directory below another one. @returns the new directory */
export async function layFiles(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const node = join(directory, String(count++));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(node, name)), { recursive: true });
    await writeFile(join(node, name), content);
  }
  return node;
}

/**
 * Imports files of a directory.
 *
 * @param names the paths to import, below the directory
 * @param version of the node's containerd, where that is known
 * @returns the result, and each finding as `file:line:column Code`, with the file below the directory
 */
export async function importFiles(node: string, names: readonly string[], version?: ContainerdVersion) {
  const result = await importPaths(
    names.map((name) => join(node, name)),
    process.stdin,
    { version },
  );
  const said = result.findings.map(({ source, code }) => {
    const file = source.file.slice(source.file.indexOf(node) + node.length + 1);
    return `${file}:${source.line}:${source.column} ${code}`;
  });
  return { result, said };
}
