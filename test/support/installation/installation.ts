import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { ProgramResult } from '../processes/run-program.ts';
import { containerPort, type Deployment, type PodSpec } from './deployment.ts';
import { RunningPod, type RunningPodOptions } from './running-pod.ts';
import { ServiceForwarder } from './service-forwarder.ts';

export const chart = path.join(import.meta.dirname, '..', '..', '..', 'charts', 'shimgate');

export type InstallationOptions = {
  /** Values for the chart, as in a values file. */
  readonly values?: object;
  readonly namespace?: string;
  readonly release?: string;
  /** How long the Service goes on as before when a pod becomes ready or not ready, as kube-proxy lags; milliseconds. */
  readonly endpointsLagMs?: number;
  /** Whether pods that are stopped take the time that the chart gives them; else they end at once. */
  readonly isDrained?: boolean;
  /**
   * Gives the one pod the Service's own address, so that nothing stands between API server and webhook: for measuring.
   * The Service's port must then be the container's.
   */
  readonly isDirect?: boolean;
} & Pick<RunningPodOptions, 'knowsMemoryLimit'>;

export type PodOptions = Pick<RunningPodOptions, 'apiServer'> & {
  /** Makes another pod of the one that the Deployment describes. */
  readonly change?: (spec: PodSpec) => PodSpec;
};

type Service = {
  readonly spec: {
    readonly clusterIP: string;
    readonly ports: readonly { readonly port: number; readonly targetPort: number | string }[];
  };
};

const readinessPollMs = 100;

/** Of pods, given so far: installations may stand side by side. */
let addresses = 0;

/** What most scenarios are about are the webhook's own answers: where the API server is to give some, they say so. */
const inProcess = { enabled: false };

/**
 * shimgate, installed by its own chart on a real API server. No node runs there, so this plays the kubelet and
 * kube-proxy: it reads the Deployment back and runs its pods, and forwards the Service's address to those that are ready.
 */
export class Installation {
  readonly #cluster: Cluster;
  readonly namespace: string;
  readonly release: string;
  readonly #endpointsLagMs: number;
  readonly #pods: RunningPod[] = [];
  /** Those that were told to end. */
  readonly #ending = new WeakSet<RunningPod>();
  #ready: readonly RunningPod[] = [];
  #forwarder: ServiceForwarder | undefined;
  #isFollowing = false;
  readonly #isDirect: boolean;
  readonly #isDrained: boolean;
  readonly #knowsMemoryLimit: boolean;
  #started = 0;

  private constructor(cluster: Cluster, options: InstallationOptions) {
    this.#cluster = cluster;
    this.namespace = options.namespace ?? 'shimgate';
    this.release = options.release ?? 'shimgate';
    this.#endpointsLagMs = options.endpointsLagMs ?? 0;
    this.#isDirect = options.isDirect ?? false;
    this.#isDrained = options.isDrained ?? false;
    this.#knowsMemoryLimit = options.knowsMemoryLimit ?? false;
  }

  /** `helm install`, then what nodes would do; ready when this returns. */
  static async install(cluster: Cluster, options: InstallationOptions = {}): Promise<Installation> {
    const installation = new Installation(cluster, options);
    const installed = await installation.helm('install', options.values ?? {}, ['--create-namespace']);
    if (installed.exitCode !== 0) throw new Error(`helm install failed:\n${installed.stderr}`);
    return installation.#withPods();
  }

  /** Takes part in an installation that somebody else has made, as its nodes would; ready when this returns. */
  static async join(cluster: Cluster, options: InstallationOptions = {}): Promise<Installation> {
    return new Installation(cluster, options).#withPods();
  }

  /** Pods that are left behind would keep the test's process from ending. */
  async #withPods(): Promise<this> {
    try {
      await this.startPods();
      return this;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Runs `helm install` or `helm upgrade` of this release with the given values. */
  helm(command: 'install' | 'upgrade', values: object, flags: readonly string[] = []): Promise<ProgramResult> {
    const args = [command, this.release, chart, '--namespace', this.namespace, '--values', '-', ...flags];
    const drain = this.#isDrained ? {} : { settleSeconds: 0, idleSeconds: 0 };
    return this.#cluster.helm(args, { input: JSON.stringify({ inProcess, ...drain, ...values }) });
  }

  get pods(): readonly RunningPod[] {
    return this.#pods;
  }

  /** Runs as many pods as the Deployment wants, and waits until all of them are ready and behind the Service. */
  async startPods(): Promise<void> {
    const { spec } = await this.#read<Deployment>('deployment');
    for (let index = 0; index < spec.replicas; index++) await this.startPod();
    if (this.#isDirect) {
      await Promise.all(this.#pods.map((pod) => pod.untilReady()));
      return;
    }
    if (this.#forwarder === undefined) await this.#startService();
    await Promise.all(this.#pods.map((pod) => pod.untilReady()));
    while (this.#ready.length < this.#pods.length) await sleep(readinessPollMs);
  }

  /** Starts one more pod, as the Deployment describes it now. */
  async startPod({ change = (spec) => spec, ...more }: PodOptions = {}): Promise<RunningPod> {
    const { spec } = await this.#read<Deployment>('deployment');
    const pod = change(spec.template.spec);
    const [, second = '0'] = this.#cluster.serviceCidr.split('.');
    const number = ++this.#started;
    const identity = {
      name: `${this.release}-${number}`,
      namespace: this.namespace,
      serviceAccountName: pod.serviceAccountName ?? 'default',
      // Beside the Services' range, and this cluster's alone.
      address: this.#isDirect
        ? (await this.#read<Service>('service')).spec.clusterIP
        : `127.98.${second}.${++addresses}`,
    };
    const started = await RunningPod.start(this.#cluster, identity, pod, {
      knowsMemoryLimit: this.#knowsMemoryLimit,
      ...more,
    });
    this.#pods.push(started);
    return started;
  }

  /** Ends a pod, which is then no longer one of the installation's. */
  async stopPod(pod: RunningPod, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#ending.add(pod);
    await pod.stop(signal);
    const index = this.#pods.indexOf(pod);
    if (index >= 0) this.#pods.splice(index, 1);
  }

  /**
   * Replaces every pod as the Deployment's controller does with maxUnavailable 0 and maxSurge 1: one that is ready before one
   * goes, and without waiting for that one's end.
   *
   * @returns the ends that are to come
   */
  async restartPods(): Promise<readonly Promise<void>[]> {
    const ends: Promise<void>[] = [];
    for (const old of this.#pods.filter((pod) => !this.#ending.has(pod))) {
      await (await this.startPod()).untilReady();
      ends.push(this.stopPod(old));
    }
    return ends;
  }

  /** Ends pods, at once, and Service; what helm made stays. */
  async stop(): Promise<void> {
    this.#isFollowing = false;
    await Promise.all(this.#pods.map((pod) => pod.stop('SIGKILL')));
    this.#pods.length = 0;
    await this.#forwarder?.stop();
    this.#forwarder = undefined;
  }

  /** All logs of the pods that run, for a failure's message. */
  logs(): string {
    return this.#pods.map((pod) => `--- ${pod.identity.name}\n${pod.logs()}`).join('\n');
  }

  async #startService(): Promise<void> {
    const { spec } = await this.#read<Service>('service');
    const [port] = spec.ports;
    if (port === undefined) throw new Error('The Service has no port.');
    const deployment = await this.#read<Deployment>('deployment');
    const [container] = deployment.spec.template.spec.containers;
    if (container === undefined) throw new Error('The Deployment has no container.');
    const target = containerPort(container, port.targetPort);
    this.#forwarder = await ServiceForwarder.start(spec.clusterIP, port.port, () =>
      this.#ready.map(({ address }) => ({ address, port: target })),
    );
    this.#isFollowing = true;
    void this.#followReadiness();
  }

  async #followReadiness(): Promise<void> {
    while (this.#isFollowing) {
      const pods = [...this.#pods];
      const answers = await Promise.all(pods.map(async (pod) => pod.isRunning && (await pod.isReady())));
      const ready = pods.filter((_, index) => answers[index]);
      setTimeout(() => {
        this.#ready = ready;
      }, this.#endpointsLagMs).unref();
      await sleep(readinessPollMs, undefined, { ref: false });
    }
  }

  async #read<T>(kind: 'deployment' | 'service'): Promise<T> {
    const api = kind === 'deployment' ? '/apis/apps/v1' : '/api/v1';
    const selector = encodeURIComponent(`app.kubernetes.io/instance=${this.release}`);
    const path = `${api}/namespaces/${this.namespace}/${kind}s?labelSelector=${selector}`;
    const { items } = JSON.parse(await this.#cluster.api.expect('GET', path)) as { readonly items: readonly T[] };
    const [item] = items;
    if (item === undefined || items.length > 1)
      throw new Error(`There should be one ${kind}, and there are ${items.length}.`);
    return item;
  }
}
