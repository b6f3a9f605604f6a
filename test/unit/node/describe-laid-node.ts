import { NodeDescriber, type KnownOfNode, type NodeDescription } from '../../../src/node/describe-node.ts';
import { nodeRoot } from '../../../src/node/node-root.ts';

/** Describes a node whose files lie below a directory. */
export async function describeNode(
  root: string,
  known: KnownOfNode = {},
  hostPaths?: readonly string[],
): Promise<NodeDescription> {
  return new NodeDescriber(nodeRoot(root, hostPaths), known).describe();
}
