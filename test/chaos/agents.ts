import type { ApiClient } from '../support/cluster/api-client.ts';
import { className } from './stage.ts';

const nodeCount = 50;

const collection = '/apis/shimgate.dev/v1alpha1/noderuntimes';

/** Makes nodes, and of each what its agent says first. */
export async function makeNodes(client: ApiClient): Promise<void> {
  for (let index = 0; index < nodeCount; index++) {
    const metadata = { name: nameOf(index) };
    await client.expect('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata });
    await client.expect('POST', collection, { apiVersion: 'shimgate.dev/v1alpha1', kind: 'NodeRuntimes', metadata });
    await say(client, index, true);
  }
}

/** What the agents of a cluster do as containerd is changed on one node after the other: a runtime comes, and goes. */
export async function changeNode(client: ApiClient, turn: number): Promise<void> {
  await say(client, turn % nodeCount, Math.floor(turn / nodeCount) % 2 === 0);
}

async function say(client: ApiClient, index: number, hasMore: boolean): Promise<void> {
  const kata = { name: className, runtimeType: 'io.containerd.kata.v2' };
  const more = { name: 'gvisor', runtimeType: 'io.containerd.runsc.v1' };
  const read = {
    type: 'ConfigurationRead',
    status: 'True',
    reason: 'Read',
    message: 'Read.',
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  await client.expect('PATCH', `${collection}/${nameOf(index)}/status`, {
    status: { conditions: [read], handlers: hasMore ? [kata, more] : [kata] },
  });
}

function nameOf(index: number): string {
  return `node-${index}`;
}
