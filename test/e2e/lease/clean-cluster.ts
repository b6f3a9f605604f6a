import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../support/cluster/api-client.ts';
import { contentsOf, type ClusterObject } from './cluster-contents.ts';

/** What is in a cluster that nobody has used yet: each object's path and mark. */
export type Baseline = Readonly<Record<string, string>>;

const settleMs = 250;
/** A namespace of thousands of pods takes the controller manager its time. */
const cleaningTimeoutMs = 100_000;

/** What is in a new cluster, once its control plane has made what it makes at its start. */
export async function baselineOf(api: ApiClient): Promise<Baseline> {
  for (let before = await marksOf(api); ;) {
    await sleep(settleMs);
    const now = await marksOf(api);
    if (JSON.stringify(now) === JSON.stringify(before)) return now;
    before = now;
  }
}

/**
 * Takes everything out of a cluster that was not in it at first.
 *
 * @throws Error that lists what cannot be taken out, and what is gone or is no longer as it was: others could not use the
 *   cluster as if it were new
 */
export async function cleanCluster(api: ApiClient, baseline: Baseline): Promise<void> {
  const deadline = Date.now() + cleaningTimeoutMs;
  for (;;) {
    const contents = await contentsOf(api);
    const added = [...contents.values()].filter(({ path }) => baseline[path] === undefined);
    if (added.length === 0) {
      expectUnchanged(contents, baseline);
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(`The cluster cannot be cleaned of ${added.map(({ path }) => path).join(', ')}.`);
    }
    await remove(api, added);
  }
}

async function marksOf(api: ApiClient): Promise<Baseline> {
  const contents = [...(await contentsOf(api)).values()].map(({ path, mark }) => [path, mark] as const);
  return Object.fromEntries(contents.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function expectUnchanged(contents: ReadonlyMap<string, ClusterObject>, baseline: Baseline): void {
  const changed = Object.entries(baseline).filter(([path, mark]) => contents.get(path)?.mark !== mark);
  if (changed.length > 0) {
    throw new Error(`The cluster is no longer as it was: ${changed.map(([path]) => path).join(', ')} changed or went.`);
  }
}

/** Webhooks go first, so that none is asked about the rest; namespaces last, once they are empty. */
async function remove(api: ApiClient, objects: readonly ClusterObject[]): Promise<void> {
  const isWebhook = ({ resource }: ClusterObject) => resource.endsWith('webhookconfigurations');
  const isNamespace = ({ resource }: ClusterObject) => resource === 'namespaces';
  await Promise.all(objects.filter(isWebhook).map((one) => removeOne(api, one)));
  // Nothing new is made in a namespace that goes.
  await Promise.all(objects.filter(isNamespace).map((one) => api.send('DELETE', one.path)));
  await Promise.all(objects.filter((one) => !isWebhook(one) && !isNamespace(one)).map((one) => removeOne(api, one)));
  const inhabited = new Set(objects.map(({ namespace }) => namespace));
  await Promise.all(
    objects.filter((one) => isNamespace(one) && !inhabited.has(one.name)).map((one) => finalize(api, one)),
  );
}

async function removeOne(api: ApiClient, { path, finalizers }: ClusterObject): Promise<void> {
  if (finalizers.length > 0) await api.send('PATCH', path, { metadata: { finalizers: null } });
  // A pod of a node that nobody runs is only gone at once where nobody is asked to end it.
  await api.send('DELETE', path, { gracePeriodSeconds: 0, propagationPolicy: 'Background' });
}

/** What the namespace controller does with one that is empty, without the five seconds for which it waits before it looks. */
async function finalize(api: ApiClient, { path, name }: ClusterObject): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
  await api.send('PUT', `${path}/finalize`, namespace);
}
