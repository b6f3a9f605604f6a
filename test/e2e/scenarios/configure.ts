import { expect } from '@jest/globals';
import type { Cluster } from '../../support/cluster/cluster.ts';
import type { Installation } from '../../support/installation/installation.ts';
import { eventually } from '../../support/eventually.ts';
import { metric } from '../../support/installation/webhook-pages.ts';

const key = 'configuration.yaml';

/**
 * Puts a configuration into the ConfigMap, and waits until every replica has read it.
 *
 * @param config without apiVersion and kind; a text is put there as it is
 * @param result whether it is to be taken or refused
 */
export async function configure(
  cluster: Cluster,
  installation: Installation,
  config: object | string,
  result: 'success' | 'failure' = 'success',
): Promise<void> {
  const { release, namespace, pods } = installation;
  const reads = () => Promise.all(pods.map((pod) => metric(pod, 'shimgate_config_reload_total', { result })));
  const before = await reads();
  const text =
    typeof config === 'string'
      ? config
      : JSON.stringify({ apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration', ...config });
  await cluster.api.expect('PATCH', `/api/v1/namespaces/${namespace}/configmaps/${release}`, { data: { [key]: text } });
  await eventually(async () => {
    expect(await reads()).toEqual(before.map((count) => count + 1));
  });
}
