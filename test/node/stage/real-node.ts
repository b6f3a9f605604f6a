import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Component } from '../../support/cluster/component.ts';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import { startControlPlane } from '../../support/cluster/start-control-plane.ts';
import { eventually } from '../../support/eventually.ts';
import { ServiceForwarder } from '../../support/installation/service-forwarder.ts';
import { runProgram, type ProgramResult } from '../../support/processes/run-program.ts';
import { readPrepared, type Prepared } from '../prepare/prepared.ts';
import { containerdConfig, type NodePlaces, type NodeSettings } from './containerd-config.ts';
import { writeGvisorShim } from './gvisor-shim.ts';
import { kubeletConfiguration } from './kubelet-configuration.ts';
import { pushImage, type PushedImage } from './image.ts';
import { layNetwork, network, writeCniConfiguration } from './network.ts';

export const nodeName = 'node-1';

/** Long: all of a cluster starts at once, perhaps on a machine that does other things as well. */
const startTimeoutMs = 150_000;

type NodeParts = {
  readonly controlPlane: ControlPlane;
  readonly prepared: Prepared;
  readonly image: string;
  /** Its host and port. */
  readonly registry: string;
  readonly places: NodePlaces;
  readonly directory: string;
  readonly containerd: Component;
  readonly kubelet: Component;
  /** The Service `kubernetes`, for pods. */
  readonly service: ServiceForwarder;
};

/** A cluster with one real node: control plane, scheduler, kubelet, containerd, and a registry that it pulls from. */
export class RealNode {
  readonly controlPlane: ControlPlane;
  readonly prepared: Prepared;
  /** An image whose program waits to be ended. */
  readonly image: string;
  readonly #registry: string;
  readonly #places: NodePlaces;
  readonly #directory: string;
  readonly #containerd: Component;
  readonly #kubelet: Component;
  readonly #service: ServiceForwarder;
  #pushed = 0;

  private constructor(parts: NodeParts) {
    this.controlPlane = parts.controlPlane;
    this.prepared = parts.prepared;
    this.image = parts.image;
    this.#registry = parts.registry;
    this.#places = parts.places;
    this.#directory = parts.directory;
    this.#containerd = parts.containerd;
    this.#kubelet = parts.kubelet;
    this.#service = parts.service;
  }

  /** Starts all of it, in the namespaces that run.ts made, and waits until the node is Ready. */
  static async start(settings: NodeSettings): Promise<RealNode> {
    const prepared = readPrepared();
    await layNetwork();
    const controlPlane = await startControlPlane({
      startTimeoutMs,
      users: [
        { name: `system:node:${nodeName}`, groups: ['system:nodes'] },
        { name: 'system:kube-scheduler', groups: [] },
      ],
      extraFlags: {
        'kube-apiserver': [
          `--service-cluster-ip-range=${network.services}`,
          `--advertise-address=${network.node}`,
          // How it reaches kubelets, for logs.
          '--kubelet-preferred-address-types=InternalIP',
        ],
        'kube-controller-manager': [`--service-cluster-ip-range=${network.services}`],
      },
    });
    try {
      return new RealNode(await startNode(controlPlane, prepared, settings));
    } catch (error) {
      await controlPlane.stop('failure');
      throw error;
    }
  }

  /** The path of the node's containerd configuration. */
  get configurationFile(): string {
    return path.join(this.#directory, 'config.toml');
  }

  /** Changes containerd's configuration and starts it anew; pods go on running. */
  async restartContainerd(settings: NodeSettings): Promise<void> {
    await this.#containerd.stop('SIGTERM', 20_000);
    await writeFile(
      this.configurationFile,
      containerdConfig(this.#places, settings, this.prepared.versions.containerd),
    );
    await this.#containerd.start(startTimeoutMs);
    await untilServing(this.prepared, this.#places.socket);
  }

  /** Pushes one more image of the waiting program, whose layers no other image has. */
  pushImage(name: string): Promise<PushedImage> {
    return pushImage(this.#registry, name, this.prepared.waitingProgram, ++this.#pushed);
  }

  /** Runs crictl against the node's containerd. */
  crictl(args: readonly string[]): Promise<ProgramResult> {
    const endpoint = `unix://${this.#places.socket}`;
    const own = ['--runtime-endpoint', endpoint, '--image-endpoint', endpoint, '--timeout', '20s'];
    return runProgram(this.prepared.binaries.crictl, [...own, ...args]);
  }

  /** Runs ctr against the node's containerd, in the namespace of Kubernetes. */
  ctr(args: readonly string[]): Promise<ProgramResult> {
    return runProgram(this.prepared.binaries.ctr, ['-a', this.#places.socket, '-n', 'k8s.io', ...args]);
  }

  /** The OCI bundle of a sandbox or container, where its config.json is. */
  bundle(id: string): string {
    return path.join(this.#places.state, 'io.containerd.runtime.v2.task', 'k8s.io', id);
  }

  /** All that containerd and kubelet have logged, for a failure's message. */
  logs(): string {
    return `${this.#containerd.log()}\n${this.#kubelet.log()}`;
  }

  /** Ends the kubelet first, then pods, then all else. */
  async stop(): Promise<void> {
    await this.#kubelet.stop('SIGTERM', 10_000);
    await this.crictl(['rmp', '--all', '--force']);
    await this.#containerd.stop('SIGTERM', 10_000);
    // What shims and mounts are left end with the namespaces, and the folders are removed after them.
    await this.#service.stop();
    await this.controlPlane.stop();
  }
}

async function startNode(controlPlane: ControlPlane, prepared: Prepared, settings: NodeSettings): Promise<NodeParts> {
  const { binaries } = prepared;
  const url = new URL(controlPlane.server);
  const service = await ServiceForwarder.start(network.apiServer, 443, () => [
    { address: url.hostname, port: Number(url.port) },
  ]);
  // Not in the control plane's, which is removed when that stops: mounts in here are gone only with the namespace.
  const directory = await mkdtemp(path.join(tmpdir(), 'node-'));
  const folder = async (name: string) => {
    const made = path.join(directory, name);
    await mkdir(made, { recursive: true });
    return made;
  };
  const { logs } = controlPlane.description.directory;
  const registry = await startRegistry(binaries.registry, controlPlane.env, path.join(logs, 'registry.log'));
  const { reference: image } = await pushImage(registry, 'wait', prepared.waitingProgram);
  const places: NodePlaces = {
    root: await folder('containerd'),
    state: await folder('state'),
    socket: path.join(directory, 'containerd.sock'),
    cniBinaries: path.dirname(binaries.bridge),
    cniConfiguration: await folder('cni'),
    pauseImage: image,
  };
  await writeCniConfiguration(places.cniConfiguration);
  const wrappers = await folder('path');
  await writeGvisorShim(wrappers, binaries['containerd-shim-runsc-v1']);
  const programs = ['containerd-shim-runc-v2', 'runc', 'runsc'] as const;
  const search = [wrappers, ...programs.map((name) => path.dirname(binaries[name])), process.env['PATH'] ?? ''];
  const env = { ...controlPlane.env, PATH: search.join(path.delimiter) };

  await writeFile(
    path.join(directory, 'config.toml'),
    containerdConfig(places, settings, prepared.versions.containerd),
  );
  const containerd = new Component({
    name: 'containerd',
    file: controlPlane.description.binaries.containerd,
    args: ['--config', path.join(directory, 'config.toml')],
    env,
    logFile: path.join(logs, 'containerd.log'),
    health: [],
  });
  await containerd.start(startTimeoutMs);
  await untilServing(prepared, places.socket);

  const scheduler = new Component({
    name: 'kube-scheduler',
    file: binaries['kube-scheduler'],
    args: [
      `--kubeconfig=${controlPlane.userKubeconfigPath('system:kube-scheduler')}`,
      '--leader-elect=false',
      '--secure-port=0',
    ],
    env,
    logFile: path.join(logs, 'kube-scheduler.log'),
    health: [],
  });
  await scheduler.start(startTimeoutMs);

  const configuration = path.join(directory, 'kubelet.json');
  await writeFile(
    configuration,
    JSON.stringify(kubeletConfiguration(prepared.cgroup, places.socket, await folder('pod-logs'))),
  );
  const kubelet = new Component({
    name: 'kubelet',
    file: binaries.kubelet,
    args: [
      `--config=${configuration}`,
      `--kubeconfig=${controlPlane.userKubeconfigPath(`system:node:${nodeName}`)}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.node}`,
      `--root-dir=${await folder('kubelet')}`,
      `--cert-dir=${await folder('kubelet-certificates')}`,
    ],
    env,
    logFile: path.join(logs, 'kubelet.log'),
    health: [{ url: 'http://127.0.0.1:10248/healthz' }],
  });
  await kubelet.start(startTimeoutMs);
  await eventually(async () => {
    const ready = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    const { stdout, stderr } = await controlPlane.kubectl(['get', 'node', nodeName, ready]);
    if (stdout !== 'True') throw new Error(`The node is not Ready: ${stdout}${stderr}\n${kubelet.log().slice(-4_000)}`);
  }, startTimeoutMs);
  return { controlPlane, prepared, image, registry, places, directory, containerd, kubelet, service };
}

/** @returns the registry's host and port */
async function startRegistry(file: string, env: NodeJS.ProcessEnv, logFile: string): Promise<string> {
  const registry = new Component({ name: 'registry', file, args: ['-port', '0'], env, logFile, health: [] });
  await registry.start(startTimeoutMs);
  return eventually(() => {
    const port = /serving on port (\d+)/.exec(registry.log())?.[1];
    if (port === undefined) throw new Error(`The registry did not start: ${registry.crash ?? registry.log()}`);
    return `localhost:${port}`;
  }, startTimeoutMs);
}

async function untilServing({ binaries }: Prepared, socket: string): Promise<void> {
  await eventually(async () => {
    const { exitCode } = await runProgram(binaries.ctr, ['-a', socket, 'version']);
    if (exitCode !== 0) throw new Error(`containerd does not answer on ${socket}.`);
  }, startTimeoutMs);
}
