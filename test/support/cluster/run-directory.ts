import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The folders of one running cluster. Only its owner can look into them: there are tokens and keys. */
export type RunDirectory = {
  readonly root: string;
  /** Kept when something failed; all else goes. */
  readonly logs: string;
  readonly data: string;
  readonly credentials: string;
  /** HOME, caches and configuration of kubectl and helm, so that they neither read nor leave anything in the user's. */
  readonly home: string;
};

/** Makes a new run directory under the system's folder for temporary files (TMPDIR). */
export async function createRunDirectory(): Promise<RunDirectory> {
  const root = await mkdtemp(path.join(tmpdir(), 'shimgate-e2e-'));
  const directory = {
    root,
    logs: path.join(root, 'logs'),
    data: path.join(root, 'data'),
    credentials: path.join(root, 'credentials'),
    home: path.join(root, 'home'),
  };
  for (const folder of [directory.logs, directory.data, directory.credentials, directory.home]) {
    await mkdir(folder, { mode: 0o700 });
  }
  return directory;
}

/** What is of no use once the cluster is gone: everything but the logs. */
export function disposableParts(directory: RunDirectory): readonly string[] {
  return [directory.data, directory.credentials, directory.home];
}

/** Removes a run directory, or all of it but the logs. */
export async function removeRunDirectory(directory: RunDirectory, keep: 'nothing' | 'logs'): Promise<void> {
  const targets = keep === 'nothing' ? [directory.root] : disposableParts(directory);
  await Promise.all(targets.map((target) => rm(target, { recursive: true, force: true })));
}
