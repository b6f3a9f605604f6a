import { runProgram } from '../../support/processes/run-program.ts';
import { importFrom, type GatedNode, type Imported } from './gated-node.ts';

/** What import makes of all that a node can be asked for, besides its file. */
export async function importsOf({
  node,
}: GatedNode): Promise<Readonly<Record<'dump' | 'info' | 'defaults', Imported>>> {
  const { containerd } = node.controlPlane.description.binaries;
  const read = (text: string) => importFrom(['-', '--containerd-version', node.prepared.versions.containerd], text);
  const config = async (command: 'dump' | 'default') =>
    (await runProgram(containerd, ['--config', node.configurationFile, 'config', command])).stdout;
  return {
    dump: await read(await config('dump')),
    info: await read((await node.crictl(['info'])).stdout),
    defaults: await read(await config('default')),
  };
}
