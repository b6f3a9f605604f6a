/**
 * Runs the node tests: `node test/node/run.ts [jest's arguments]`.
 *
 * All that they start lives in a process, mount and network namespace of its own. The kernel ends it, unmounts what it
 * mounted and takes its network down when the first process in there ends, however this run ends; two runs side by side do
 * not see each other. Only folders of control groups and the run's directory are left to remove.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheDirectory } from '../support/binaries/find-binary.ts';
import { ensureBinaries, ensureNodeBinaries } from '../support/binaries/ensure-binaries.ts';
import { makeCgroup, removeCgroup, removeStaleCgroups } from './prepare/cgroup.ts';
import { ensureCrun } from './prepare/crun.ts';
import { preparedVariable, type Prepared } from './prepare/prepared.ts';
import { ensureProductImage } from './prepare/product-image.ts';
import { buildWaitingProgram } from './prepare/waiting-program.ts';

async function run(): Promise<number> {
  if (process.getuid?.() !== 0) {
    throw new Error('The node tests run a kubelet and containerd, which takes root. Run `sudo make test-node`.');
  }
  await ensureBinaries();
  const cache = path.join(cacheDirectory(process.env), 'node');
  const prepared = {
    binaries: await ensureNodeBinaries(),
    crun: await ensureCrun(cache),
    waitingProgram: await buildWaitingProgram(cache),
    productImage: await ensureProductImage(cache),
  };
  await removeStaleCgroups();
  const cgroup = await makeCgroup();
  const directory = await mkdtemp(path.join(tmpdir(), 'shimgate-node-'));
  try {
    const handedOn = path.join(directory, 'prepared.json');
    await writeFile(handedOn, JSON.stringify({ ...prepared, cgroup } satisfies Prepared));
    return await runJest({ ...process.env, [preparedVariable]: handedOn, TMPDIR: directory });
  } finally {
    await removeCgroup(cgroup);
    if (process.env['SHIMGATE_E2E_KEEP'] === undefined) await rm(directory, { recursive: true, force: true });
    else process.stderr.write(`The run's directory is ${directory}\n`);
  }
}

async function runJest(env: NodeJS.ProcessEnv): Promise<number> {
  const root = path.join(import.meta.dirname, '..', '..');
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
  const jest = [path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--selectProjects', 'node', '--runInBand'];
  const node = [process.execPath, '--experimental-vm-modules', '--no-warnings', ...jest, ...process.argv.slice(2)];
  // Whatever ends this process, even SIGKILL, ends the namespaces.
  const args = [
    '--pdeathsig',
    'KILL',
    'unshare',
    ...namespaces,
    path.join(import.meta.dirname, 'stage', 'private-mounts.sh'),
    ...node,
  ];
  const child = spawn('setpriv', args, { cwd: root, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGKILL'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? (signal === null ? 1 : 130);
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
