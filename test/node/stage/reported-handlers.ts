import type { ApiClient } from '../../support/cluster/api-client.ts';
import { nodeName } from './start-node.ts';

export type ReportedHandler = { readonly name?: string; readonly features?: Readonly<Record<string, boolean>> };

/** `status.runtimeHandlers` of the real node. */
export async function reportedHandlers(api: ApiClient): Promise<readonly ReportedHandler[]> {
  const { status } = JSON.parse(await api.expect('GET', `/api/v1/nodes/${nodeName}`)) as {
    readonly status: { readonly runtimeHandlers?: readonly ReportedHandler[] };
  };
  return status.runtimeHandlers ?? [];
}

/** A node that no pod is put on, with a handler that the other one does not have. */
export async function makeOtherNode(api: ApiClient, containerdVersion: string): Promise<void> {
  const node = { metadata: { name: 'node-2' }, spec: { unschedulable: true } };
  await api.expect('POST', '/api/v1/nodes', node);
  const runtimeHandlers = [{ name: 'elsewhere', features: { recursiveReadOnlyMounts: true } }];
  const nodeInfo = { containerRuntimeVersion: `containerd://${containerdVersion}.0` };
  await api.expect('PATCH', '/api/v1/nodes/node-2/status', { status: { runtimeHandlers, nodeInfo } });
}
