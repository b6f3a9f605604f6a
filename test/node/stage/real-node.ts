import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import { startControlPlane } from '../../support/cluster/start-control-plane.ts';
import { runProgram, type ProgramResult } from '../../support/processes/run-program.ts';
import { readPrepared, type Prepared } from '../prepare/prepared.ts';
import { containerdConfig, type NodeSettings } from './containerd-config.ts';
import { pushImage, type PushedImage } from './image.ts';
import { layNetwork, network } from './network.ts';
import { nodeName, startNode, startTimeoutMs, untilServing, type NodeParts } from './start-node.ts';
import { stopAll } from './stop-all.ts';

/** A cluster with one real node: control plane, scheduler, kubelet, containerd, and a registry that it pulls from. */
export class RealNode {
  readonly controlPlane: ControlPlane;
  readonly prepared: Prepared;
  /** An image whose program waits to be ended. */
  readonly image: string;
  /** Host and port of the registry that the node pulls from. */
  readonly registry: string;
  /** The file of containerd's configuration, in a directory that has nothing else. */
  readonly configurationFile: string;
  /** The directories in which containerd looks for shims, in its order. */
  readonly searchPath: readonly string[];
  readonly #parts: NodeParts;
  #pushed = 0;

  private constructor(parts: NodeParts) {
    this.controlPlane = parts.controlPlane;
    this.prepared = parts.prepared;
    this.image = parts.image;
    this.registry = parts.registry;
    this.configurationFile = parts.configurationFile;
    this.searchPath = parts.searchPath;
    this.#parts = parts;
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
          // With `none` the Service `kubernetes` has no EndpointSlice, and kube-proxy leads it nowhere.
          '--endpoint-reconciler-type=lease',
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

  /** Changes containerd's configuration and starts it anew; pods go on running. */
  async restartContainerd(settings: NodeSettings): Promise<void> {
    await this.#parts.containerd.stop('SIGTERM', 20_000);
    await writeFile(
      this.configurationFile,
      containerdConfig(this.#parts.places, settings, this.prepared.versions.containerd),
    );
    await this.#parts.containerd.start(startTimeoutMs);
    await untilServing(this.prepared, this.#parts.places.socket);
  }

  /** Pushes one more image of the waiting program, whose layers no other image has. */
  pushImage(name: string): Promise<PushedImage> {
    return pushImage(this.registry, name, this.prepared.waitingProgram, ++this.#pushed);
  }

  /** Runs crictl against the node's containerd. */
  crictl(args: readonly string[]): Promise<ProgramResult> {
    const endpoint = `unix://${this.#parts.places.socket}`;
    const own = ['--runtime-endpoint', endpoint, '--image-endpoint', endpoint, '--timeout', '20s'];
    return runProgram(this.prepared.binaries.crictl, [...own, ...args]);
  }

  /** Runs ctr against the node's containerd, in the namespace of Kubernetes. */
  ctr(args: readonly string[]): Promise<ProgramResult> {
    return runProgram(this.prepared.binaries.ctr, ['-a', this.#parts.places.socket, '-n', 'k8s.io', ...args]);
  }

  /** The OCI bundle of a sandbox or container, where its config.json is. */
  bundle(id: string): string {
    return path.join(this.#parts.places.state, 'io.containerd.runtime.v2.task', 'k8s.io', id);
  }

  /** The same of a sandbox that a shim with the sandbox API makes. */
  sandboxBundle(id: string): string {
    return path.join(this.#parts.places.state, 'io.containerd.sandbox.controller.v1.shim', 'k8s.io', id);
  }

  /** All that containerd and kubelet have logged, for a failure's message. */
  logs(): string {
    return `${this.#parts.containerd.log()}\n${this.#parts.kubelet.log()}`;
  }

  /** Ends the kubelet first, then pods, then all else. */
  async stop(): Promise<void> {
    const { kubelet, containerd, service } = this.#parts;
    await stopAll(
      () => kubelet.stop('SIGTERM', 10_000),
      () => this.crictl(['rmp', '--all', '--force']),
      () => containerd.stop('SIGTERM', 10_000),
      // What shims and mounts are left end with the namespaces, and the folders are removed after them.
      () => service.stop(),
      () => this.controlPlane.stop(),
    );
  }
}
