import { runProgram } from '../../support/processes/run-program.ts';
import { preparedVariable } from '../prepare/prepared.ts';

/** Whose names what a node writes has in its path; others that run on this machine write in these folders too. */
const parts = /cni|containerd|crun|gvisor|kube|netns|nri|\/pods|runc|runsc|shim/;

/**
 * What stands in folders of the machine, newer than this run, with a name that something of a node could have given it. What is
 * in folders that the run's own mounts cover is not looked at: it goes with them.
 */
export async function writtenOutside(): Promise<readonly string[]> {
  const since = process.env[preparedVariable] ?? '';
  // A folder's own time tells of what was removed again; the folders that are covered stand in such.
  const args = ['/etc', '/opt', '/run', '/usr', '/var', '-xdev', '-newercm', since, '-not', '-type', 'd'];
  const { stdout } = await runProgram('find', args);
  return stdout.split('\n').filter((file) => parts.test(file));
}
