import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { startControlPlane } from '../support/cluster/start-control-plane.ts';
import { Installation } from '../support/installation/installation.ts';
import { ApiClient } from '../support/cluster/api-client.ts';
import { runtimeClass } from '../support/cluster/manifests.ts';
import { eventually } from '../support/eventually.ts';

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
    const values = { ...valuesFor(false), ...more };
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

function valuesFor(isInProcess: boolean): object {
  return { config: configuration('0'), inProcess: { enabled: isInProcess } };
}

/** Has the API server answer by itself, or has every pod sent: what most scenarios are about are calls. */
export async function answer({ client, installation }: Stage, isInProcess: boolean): Promise<void> {
  const { exitCode, stderr } = await installation.helm('upgrade', valuesFor(isInProcess));
  if (exitCode !== 0) throw new Error(stderr);
  const ends = await installation.restartPods();
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${installation.release}`;
  const table = JSON.stringify(JSON.stringify(className)).slice(1, -1);
  await eventually(async () => {
    if ((await client.expect('GET', path)).includes(`{${table}:`) !== isInProcess) throw new Error('not yet');
  }, 60_000);
  await Promise.all(ends);
  // The API server looks at policies once a second.
  await sleep(3_000);
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
