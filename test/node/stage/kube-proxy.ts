import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Component } from '../../support/cluster/component.ts';
import { runProgram } from '../../support/processes/run-program.ts';
import { ServiceForwarder } from '../../support/installation/service-forwarder.ts';
import { network } from './network.ts';
import type { RealNode } from './real-node.ts';
import { nodeName } from './start-node.ts';
import { stopAll } from './stop-all.ts';

const account = { namespace: 'kube-system', name: 'kube-proxy' };

/**
 * A real kube-proxy on the node: Services lead to the pods that are Ready, for pods and for the API server, which is a process of
 * the same machine.
 */
export class KubeProxy {
  readonly #process: Component;
  readonly #apiServer: ServiceForwarder;

  private constructor(process: Component, apiServer: ServiceForwarder) {
    this.#process = process;
    this.#apiServer = apiServer;
  }

  static async start({ controlPlane, prepared }: RealNode): Promise<KubeProxy> {
    const { directory, server } = controlPlane.description;
    const { hostname, port } = new URL(server);
    // The Service `kubernetes` leads to the address that the API server advertises. It listens on another, of this run alone.
    const apiServer = await ServiceForwarder.start(network.node, Number(port), () => [
      { address: hostname, port: Number(port) },
    ]);
    const metadata = { name: account.name };
    await apply(controlPlane, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
    await apply(controlPlane, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node-proxier' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    });
    const token = await controlPlane.createServiceAccountToken(account.namespace, account.name);
    const kubeconfig = await controlPlane.writeKubeconfigFor({ name: account.name, token });
    const configuration = path.join(directory.credentials, 'kube-proxy.json');
    await writeFile(configuration, JSON.stringify(kubeProxyConfiguration(kubeconfig)));
    const proxy = new Component({
      name: 'kube-proxy',
      file: prepared.binaries['kube-proxy'],
      args: [`--config=${configuration}`],
      env: controlPlane.env,
      logFile: path.join(directory.logs, 'kube-proxy.log'),
      health: [{ url: 'http://127.0.0.1:10256/healthz' }],
    });
    await proxy.start(60_000);
    return new KubeProxy(proxy, apiServer);
  }

  log(): string {
    return this.#process.log();
  }

  async stop(): Promise<void> {
    await stopAll(
      () => this.#process.stop('SIGTERM', 10_000),
      () => this.#apiServer.stop(),
      removeRules,
    );
  }
}

/** kube-proxy leaves its rules when it ends, and the next test's Services have the same addresses. */
async function removeRules(): Promise<void> {
  const nft = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await runProgram('nft', args);
    if (exitCode !== 0) throw new Error(`nft ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  for (const [, family = ''] of (await nft('list', 'tables')).matchAll(/^table (ip6?) kube-proxy$/gm))
    await nft('delete', 'table', family, 'kube-proxy');
}

function kubeProxyConfiguration(kubeconfig: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig },
    mode: 'nftables',
    clusterCIDR: network.pods,
    hostnameOverride: nodeName,
    bindAddress: network.node,
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    // Those of the machine are not this network namespace's to set.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

async function apply(controlPlane: RealNode['controlPlane'], object: object): Promise<void> {
  const { exitCode, stderr } = await controlPlane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  if (exitCode !== 0) throw new Error(stderr);
}
