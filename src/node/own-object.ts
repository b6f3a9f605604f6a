import type { ClusterConnection } from '../cluster/connection.ts';
import type { NodeCondition } from '../generated/node-runtimes.ts';
import { validateNodeRuntimes } from '../generated/validate-node-runtimes.ts';
import type { NodeDescription } from './describe-node.ts';
import { nodeObject, nodeRuntimesApi, nodeRuntimesPath } from './node-object.ts';

/** The node that an agent runs on, as the API server knows it by the agent's token. */
export type NodeIdentity = { readonly name: string; readonly uid: string };

/** The name under which the API server notes whose the fields are. */
const fieldManager = 'shimgate-node';

const nodeNameKey = 'authentication.kubernetes.io/node-name';
const nodeUidKey = 'authentication.kubernetes.io/node-uid';

/**
 * Asks the API server which node this process's token is bound to. That is what the chart's admission policy goes by, so that
 * no name that somebody passes to the agent could be another one.
 *
 * @returns undefined where the token is bound to none
 * @throws ApiError where the API server does not answer
 *
 * Source: Kubernetes, "Managing Service Accounts", bound service account tokens; KEP-4193.
 */
export async function readIdentity(connection: ClusterConnection): Promise<NodeIdentity | undefined> {
  const review = (await connection.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { value: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }, type: 'application/json' },
  })) as { readonly status?: { readonly userInfo?: { readonly extra?: Readonly<Record<string, readonly string[]>> } } };
  const extra = review.status?.userInfo?.extra ?? {};
  const name = extra[nodeNameKey]?.[0];
  const uid = extra[nodeUidKey]?.[0];
  return name === undefined || uid === undefined ? undefined : { name, uid };
}

/**
 * Writes what a node has into its object, by server-side apply: first the object, which the node owns and which is made where
 * it is not there, then its status. What is the same already the API server does not write again.
 *
 * @param now as Kubernetes writes times
 * @throws ApiError where the API server refuses it, or does not answer
 */
export async function writeOwnObject(
  connection: ClusterConnection,
  { name, uid }: NodeIdentity,
  description: Pick<NodeDescription, 'status' | 'conditions'>,
  now: string,
): Promise<void> {
  const path = `${nodeRuntimesPath}/${name}`;
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid };
  const found = await apply(connection, path, { ...nodeRuntimesApi, metadata: { name, ownerReferences: [owner] } });
  await apply(connection, `${path}/status`, nodeObject(name, description, conditionsOf(found), now));
}

function apply(connection: ClusterConnection, path: string, value: unknown): Promise<unknown> {
  return connection.request('PATCH', path, {
    query: { fieldManager, force: 'true' },
    body: { value, type: 'application/apply-patch+yaml' },
  });
}

function conditionsOf(found: unknown): readonly NodeCondition[] {
  return validateNodeRuntimes(found) ? (found.status?.conditions ?? []) : [];
}
