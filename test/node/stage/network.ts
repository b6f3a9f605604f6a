import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../support/processes/run-program.ts';

/** The addresses of the node's network namespace: nobody outside of it sees them. */
export const network = {
  /** The node's own address, on the bridge of its pods. */
  node: '10.123.0.1',
  pods: '10.123.0.0/24',
  /** Every address in it is the node's own, so that whoever listens on a Service's address is that Service. */
  services: '10.200.0.0/16',
  /** The Service `kubernetes` gets the first address of the range. */
  apiServer: '10.200.0.1',
} as const;

const bridge = 'shimgate0';

/** Lays the network of a node into the network namespace that this process is in, in place of that of a node before it. */
export async function layNetwork(): Promise<void> {
  await ip('link', 'set', 'lo', 'up');
  await runProgram('ip', ['link', 'del', bridge]);
  await runProgram('ip', ['route', 'del', 'local', network.services, 'dev', 'lo']);
  await ip('link', 'add', bridge, 'type', 'bridge');
  await ip('addr', 'add', `${network.node}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  await ip('route', 'add', 'local', network.services, 'dev', 'lo');
}

/** Writes the CNI configuration by which pods get an address on the bridge. */
export async function writeCniConfiguration(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const configuration = {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge,
        // The node's address, set above, is the pods' gateway.
        isGateway: true,
        ipam: {
          type: 'host-local',
          dataDir: path.join(directory, 'addresses'),
          ranges: [[{ subnet: network.pods, gateway: network.node }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
  await writeFile(path.join(directory, '10-pods.conflist'), JSON.stringify(configuration));
}

async function ip(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram('ip', args);
  if (exitCode !== 0) throw new Error(`ip ${args.join(' ')} failed: ${stderr.trim()}`);
}
