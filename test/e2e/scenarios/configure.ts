import { expect } from '@jest/globals';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import type { Installation } from '../../support/installation/installation.ts';
import { eventually } from '../../support/eventually.ts';
import { expectSilence, KubectlUser } from './kubectl-user.ts';
import { metric } from '../../support/installation/webhook-pages.ts';

const key = 'configuration.yaml';

/**
 * Puts a configuration into the ConfigMap with kubectl, and waits until every replica has read it.
 *
 * @param config without apiVersion and kind; a text is put there as it is
 * @param result whether it is to be taken or refused
 */
export async function configure(
  cluster: ControlPlane,
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
  const patch = JSON.stringify({ data: { [key]: text } });
  const admin = new KubectlUser(cluster, namespace);
  expectSilence(await admin.run(['patch', 'configmap', release, '--type=merge', `--patch=${patch}`]));
  await eventually(async () => {
    expect(await reads()).toEqual(before.map((count) => count + 1));
  });
}
