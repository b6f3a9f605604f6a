import type { RealNode } from './real-node.ts';

/** Those of some snapshotters that hold the layers of an image. @param chainId of its last layer */
export async function pulledInto(
  node: RealNode,
  chainId: string,
  snapshotters: readonly string[],
): Promise<readonly string[]> {
  const holding: string[] = [];
  for (const snapshotter of snapshotters) {
    const { exitCode, stdout, stderr } = await node.ctr(['snapshots', '--snapshotter', snapshotter, 'list']);
    if (exitCode !== 0) throw new Error(stderr);
    if (stdout.split('\n').some((line) => line.startsWith(`${chainId} `))) holding.push(snapshotter);
  }
  return holding;
}
