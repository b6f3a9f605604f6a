import { readFile } from 'node:fs/promises';
import { ClusterConnection } from '../cluster/connection.ts';
import { contextNames as contextsOf } from '../cluster/kubeconfig.ts';
import { readConfiguration } from '../config/read-configuration.ts';

/** Whoever presses TAB does not wait longer. */
const patienceMs = 2_000;

const mostNames = 500;

/**
 * Names of what a cluster has, such as its namespaces; those of namespaced things as NAMESPACE/NAME. None where it does not answer
 * at once: a completion has nowhere to say why.
 *
 * @param path of the list in the API
 * @param given the options of the line, for --kubeconfig and --context
 */
export async function clusterNames(path: string, given: ReadonlyMap<string, string>): Promise<readonly string[]> {
  try {
    const connection = ClusterConnection.open(given.get('kubeconfig'), given.get('context'));
    const separator = path.includes('?') ? '&' : '?';
    const signal = AbortSignal.timeout(patienceMs);
    const { items } = (await connection.request('GET', `${path}${separator}limit=${mostNames}`, { signal })) as {
      readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace?: string } }[];
    };
    return items.map(({ metadata: { name, namespace } }) => (namespace === undefined ? name : `${namespace}/${name}`));
  } catch {
    return [];
  }
}

/** The contexts of a kubeconfig, or of what kubectl would use. */
export function contextNames(kubeconfig: string | undefined): readonly string[] {
  try {
    return contextsOf(kubeconfig);
  } catch {
    return [];
  }
}

/** What `resolve` takes: the runtimes of a configuration, where one is named, and those that need none. */
export async function runtimeNames(file: string | undefined): Promise<readonly string[]> {
  const stock = ['runc', 'io.containerd.runc.v2'];
  if (file === undefined) return stock;
  try {
    const { configuration } = readConfiguration(await readFile(file), file);
    return [...new Set([...(configuration?.runtimes.keys() ?? []), ...stock])];
  } catch {
    return stock;
  }
}
