import { readFileSync } from 'node:fs';
import type { ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import type { NodeBinaryPaths } from '../../support/binaries/ensure-binaries.ts';

/** What was found or made outside of the node's namespaces, where there is a network to get it by. */
export type Prepared = {
  readonly binaries: NodeBinaryPaths;
  /** What the node runs. */
  readonly versions: { readonly containerd: ContainerdVersion };
  readonly crun: string;
  /** A configuration of gVisor's shim. */
  readonly gvisorConfig: string;
  /** A static program that waits to be ended. */
  readonly waitingProgram: string;
  /** A shim with the sandbox API, of the pinned containerd. */
  readonly sandboxShim: string;
  /** Two builds of shimgate's image, each an OCI image layout; undefined in a run that needs none. */
  readonly productImage?: readonly [string, string];
  /** The folder below each cgroup hierarchy that belongs to this run. */
  readonly cgroup: string;
};

/** Names the file in which the run hands it on. */
export const preparedVariable = 'SHIMGATE_NODE_PREPARED';

/** @throws Error where the tests were not started by run.ts */
export function readPrepared(): Prepared {
  const file = process.env[preparedVariable];
  if (file === undefined)
    throw new Error('The node tests run in namespaces of their own: start them by `make test-node`.');
  return JSON.parse(readFileSync(file, 'utf8')) as Prepared;
}

/** The builds of shimgate's image. @throws Error where the run has none */
export function readProductImage(): readonly [string, string] {
  const { productImage } = readPrepared();
  if (productImage === undefined) throw new Error('The matrix has no image of shimgate: run `make test-node`.');
  return productImage;
}
