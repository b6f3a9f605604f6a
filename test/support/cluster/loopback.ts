import { createServer, type AddressInfo, type Server } from 'node:net';

import { tryClaim } from '../processes/exclusive-claim.ts';

/** Loopback addresses that belong to one cluster alone, until they are released or this process ends. */
export type LoopbackRange = {
  /** For `--service-cluster-ip-range`: every address in it is this machine's, so a Service's address can be listened on. */
  readonly serviceCidr: string;
  /** Where the control plane itself listens: an address outside of the Services' range. */
  readonly hostAddress: string;
  readonly release: () => Promise<void>;
};

const firstRange = 100;
const lastRange = 227;

/**
 * Claims the first 127.N.0.0/16 that no other cluster on this machine has, and with it the address 127.99.N.1.
 *
 * @throws Error where all 128 ranges are taken.
 */
export async function claimLoopbackRange(): Promise<LoopbackRange> {
  for (let range = firstRange; range <= lastRange; range++) {
    const claim = await tryClaim(`shimgate-e2e-127.${range}.0.0/16`);
    if (claim !== undefined) {
      return { serviceCidr: `127.${range}.0.0/16`, hostAddress: `127.99.${range}.1`, release: claim.release };
    }
  }
  throw new Error(
    `Every range from 127.${firstRange}.0.0/16 to 127.${lastRange}.0.0/16 belongs to a running cluster. Stop one of them.`,
  );
}

/**
 * Finds free TCP ports on an address. They are free when this returns; on an address that is one cluster's alone nothing but
 * a server on all addresses can take them meanwhile.
 *
 * @param address The IPv4 address to look at.
 * @param count How many.
 * @returns As many different port numbers.
 */
export async function freePorts(address: string, count: number): Promise<readonly number[]> {
  // All are held at once, or the kernel may hand out the same one again.
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere(address)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

function listenAnywhere(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      resolve(server);
    });
  });
}
