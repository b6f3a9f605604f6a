import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeCgroup, removeCgroup } from './cgroup.ts';
import { withRemoval } from './ending.ts';
import { writeGvisorConfig } from './gvisor-config.ts';
import { preparedVariable, type Prepared } from './prepared.ts';

/** What can be shared by runs; the rest is made for each. */
export type Shared = Omit<Prepared, 'cgroup' | 'gvisorConfig'>;

const namespaces = [
  '--net',
  '--mount',
  '--pid',
  '--ipc',
  '--fork',
  '--mount-proc',
  '--kill-child',
  '--propagation=private',
];

/**
 * Runs the node tests in a process, mount and network namespace of their own. The kernel ends what they start, unmounts what
 * they mounted and takes their network down when the first process in there ends, however this one ends; two runs side by side
 * do not see each other. Only folders of control groups and the run's directory are left to remove.
 *
 * @param args jest's arguments
 * @param env more of the environment
 * @returns jest's exit code
 */
export async function runInNamespaces(
  shared: Shared,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  return withRemoval(makeCgroup, removeCgroup, (cgroup) =>
    withRemoval(
      () => mkdtempSync(path.join(tmpdir(), 'shimgate-node-')),
      removeUnlessKept,
      async (directory) => {
        const handedOn = path.join(directory, 'prepared.json');
        const prepared: Prepared = { ...shared, cgroup, gvisorConfig: await writeGvisorConfig(directory) };
        await writeFile(handedOn, JSON.stringify(prepared));
        return runJest(args, { ...process.env, ...env, [preparedVariable]: handedOn, TMPDIR: directory });
      },
    ),
  );
}

async function removeUnlessKept(directory: string): Promise<void> {
  if (process.env['SHIMGATE_E2E_KEEP'] === undefined) await rm(directory, { recursive: true, force: true });
  else process.stderr.write(`The run's directory is ${directory}\n`);
}

async function runJest(jestArgs: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const root = path.join(import.meta.dirname, '..', '..', '..');
  // What a failed stop leaves open keeps the run from its end otherwise; all of it ends with the namespaces.
  const options = ['--selectProjects', 'node', '--runInBand', '--forceExit'];
  const jest = [path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...options];
  const node = [process.execPath, '--experimental-vm-modules', '--no-warnings', ...jest, ...jestArgs];
  const privateMounts = path.join(import.meta.dirname, '..', 'stage', 'private-mounts.sh');
  // Whatever ends this process, even SIGKILL, ends the namespaces.
  const args = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, privateMounts, ...node];
  const child = spawn('setpriv', args, { cwd: root, env, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 1;
}
