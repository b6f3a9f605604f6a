import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import type { User } from '../../support/cluster/identities.ts';
import { startControlPlane } from '../../support/cluster/start-control-plane.ts';
import { Installation } from '../../support/installation/installation.ts';
import type { RunningPod } from '../../support/installation/running-pod.ts';
import { configure } from './configure.ts';
import { expectSilence, KubectlUser } from './kubectl-user.ts';
import { metric } from '../../support/installation/webhook-pages.ts';

/** A real cluster with one replica of shimgate in it, installed by its chart, for the scenarios of a file to share. */
export class GatedCluster {
  readonly controlPlane: ControlPlane;
  readonly installation: Installation;
  readonly #config: object;
  #namespaces = 0;

  private constructor(controlPlane: ControlPlane, installation: Installation, config: object) {
    this.controlPlane = controlPlane;
    this.installation = installation;
    this.#config = config;
  }

  /** @param config the configuration, without apiVersion and kind @param users who get a kubeconfig of their own */
  static async start(config: object, users: readonly User[] = []): Promise<GatedCluster> {
    const controlPlane = await startControlPlane({ users });
    try {
      const installation = await Installation.install(controlPlane, { values: { config, replicas: 1 } });
      return new GatedCluster(controlPlane, installation, config);
    } catch (error) {
      await controlPlane.stop('failure');
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.installation.stop();
    await this.controlPlane.stop();
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
    return KubectlUser.inNewNamespace(this.controlPlane, `${prefix}-${++this.#namespaces}`);
  }

  /** Deletes a cluster-scoped object, such as a node; nothing comes of it where there is none. */
  async remove(kind: string, name: string): Promise<void> {
    expectSilence(await this.controlPlane.kubectl(['delete', kind, name, '--ignore-not-found']));
  }

  /** How many admission requests with those labels shimgate has answered so far. */
  requests(labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return metric(this.webhook, 'shimgate_admission_requests_total', labels);
  }

  /** Puts a configuration into the ConfigMap while the scenario runs, and afterwards the one that it was started with. */
  async whileConfigured(config: object, scenario: () => Promise<void>): Promise<void> {
    await configure(this.controlPlane, this.installation, config);
    try {
      await scenario();
    } finally {
      await configure(this.controlPlane, this.installation, this.#config);
    }
  }
}
