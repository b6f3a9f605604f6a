import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { startControlPlane } from '../support/cluster/start-control-plane.ts';
import { Installation } from '../support/installation/installation.ts';
import { ApiClient } from '../support/cluster/api-client.ts';
import { runtimeClass } from '../support/cluster/manifests.ts';

/** What pods of these scenarios run on. */
export const className = 'kata';

/** As kube-proxy lags. */
const endpointsLagMs = 2_000;

/** A configuration in which the class's pods get this annotation. */
export function configuration(generation: string): object {
  const annotations = { 'example.com/generation': generation };
  const kata = { runtimeType: 'io.containerd.kata.v2', podAnnotations: ['example.com/*'], annotations };
  return { mode: 'enforce', runtimes: { kata } };
}

/** A real cluster with shimgate in it as its chart installs it: two replicas, failurePolicy Fail. */
export type Stage = {
  readonly cluster: ControlPlane;
  readonly installation: Installation;
  readonly client: ApiClient;
};

/** Sets the stage, and clears it whatever the performance comes to. @param more values of the chart besides */
export async function onStage<T>(perform: (stage: Stage) => Promise<T>, more: object = {}): Promise<T> {
  const cluster = await startControlPlane();
  const client = new ApiClient(cluster);
  try {
    const values = { config: configuration('0'), ...more };
    const installation = await Installation.install(cluster, { values, endpointsLagMs, isDrained: true });
    try {
      await client.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', runtimeClass(className, className));
      return await perform({ cluster, installation, client });
    } catch (error) {
      process.stderr.write(installation.logs().slice(-20_000));
      throw error;
    } finally {
      await installation.stop();
    }
  } finally {
    client.close();
    await cluster.stop();
  }
}

/** Puts a configuration into the ConfigMap. @param config without apiVersion and kind; a text is put there as it is */
export async function configure({ client, installation }: Stage, config: object | string): Promise<void> {
  const { namespace, release } = installation;
  const text =
    typeof config === 'string'
      ? config
      : JSON.stringify({ apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration', ...config });
  await client.expect('PATCH', `/api/v1/namespaces/${namespace}/configmaps/${release}`, {
    data: { 'configuration.yaml': text },
  });
}
