import { Installation } from '../../support/installation/installation.ts';
import type { RunningPod } from '../../support/installation/running-pod.ts';
import { LeasedCluster } from '../lease/leased-cluster.ts';
import { configure } from './configure.ts';
import { expectSilence, KubectlUser } from './kubectl-user.ts';
import { metric } from '../../support/installation/webhook-pages.ts';

/** A leased cluster with one replica of shimgate in it, installed by its chart, for the scenarios of a file to share. */
export class GatedCluster {
  readonly cluster: LeasedCluster;
  readonly installation: Installation;
  readonly #config: object;
  #namespaces = 0;

  private constructor(cluster: LeasedCluster, installation: Installation, config: object) {
    this.cluster = cluster;
    this.installation = installation;
    this.#config = config;
  }

  /** @param config the configuration, without apiVersion and kind */
  static async start(config: object): Promise<GatedCluster> {
    const cluster = await LeasedCluster.lease();
    try {
      const installation = await Installation.install(cluster, { values: { config, replicas: 1 } });
      return new GatedCluster(cluster, installation, config);
    } catch (error) {
      await cluster.release();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.installation.stop();
    await this.cluster.release();
  }

  /** The one replica of the webhook. */
  get webhook(): RunningPod {
    const [pod] = this.installation.pods;
    if (pod === undefined) throw new Error('There is no replica.');
    return pod;
  }

  /** Ends the replica, and starts another one in its place. */
  async restartWebhook(): Promise<void> {
    await this.installation.stopPod(this.webhook);
    await this.installation.startPods();
  }

  /** The administrator, in a new namespace of her own whose name is the prefix and a number. */
  userIn(prefix: string): Promise<KubectlUser> {
    return KubectlUser.inNewNamespace(this.cluster, `${prefix}-${++this.#namespaces}`);
  }

  /** Deletes a cluster-scoped object, such as a node; nothing comes of it where there is none. */
  async remove(kind: string, name: string): Promise<void> {
    expectSilence(await this.cluster.kubectl(['delete', kind, name, '--ignore-not-found']));
  }

  /** How many admission requests with those labels shimgate has answered so far. */
  requests(labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return metric(this.webhook, 'shimgate_admission_requests_total', labels);
  }

  /** Puts a configuration into the ConfigMap while the scenario runs, and afterwards the one that it was started with. */
  async whileConfigured(config: object, scenario: () => Promise<void>): Promise<void> {
    await configure(this.cluster, this.installation, config);
    try {
      await scenario();
    } finally {
      await configure(this.cluster, this.installation, this.#config);
    }
  }
}
