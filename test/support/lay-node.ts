import { chmod, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { directoryForTests } from './directory-for-tests.ts';

const nodes = directoryForTests();

/** What lies at a path of a node: a text, a program, or a symbolic link. */
type Laid = string | { readonly program: string | Buffer } | { readonly link: string };

/** Lays the file system of a node out below a new directory, which is removed after the tests of the file. @returns the directory */
export async function layNode(files: Readonly<Record<string, Laid>>): Promise<string> {
  const root = await mkdtemp(join(nodes, 'node-'));
  for (const [path, laid] of Object.entries(files)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof laid !== 'string' && 'link' in laid) {
      await symlink(laid.link, file);
    } else {
      await writeFile(file, typeof laid === 'string' ? laid : laid.program);
      if (typeof laid !== 'string') await chmod(file, 0o755);
    }
  }
  return root;
}

/** A program of which nothing is read. */
export const shim: Laid = { program: '#!/bin/sh\n' };
