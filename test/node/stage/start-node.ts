import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Component } from '../../support/cluster/component.ts';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import { eventually } from '../../support/eventually.ts';
import { ServiceForwarder } from '../../support/installation/service-forwarder.ts';
import { runProgram } from '../../support/processes/run-program.ts';
import type { Prepared } from '../prepare/prepared.ts';
import { containerdConfig, type NodePlaces, type NodeSettings } from './containerd-config.ts';
import { writeGvisorShim } from './gvisor-shim.ts';
import { pushImage } from './image.ts';
import { kubeletConfiguration } from './kubelet-configuration.ts';
import { network, writeCniConfiguration } from './network.ts';

export const nodeName = 'node-1';

/** Long: all of a cluster starts at once, perhaps on a machine that does other things as well. */
export const startTimeoutMs = 300_000;

export type NodeParts = {
  readonly controlPlane: ControlPlane;
  readonly prepared: Prepared;
  readonly image: string;
  /** Its host and port. */
  readonly registry: string;
  readonly places: NodePlaces;
  /** The file of containerd's configuration, in a directory that has nothing else. */
  readonly configurationFile: string;
  /** The directories in which containerd looks for shims, in its order, before those of this machine. */
  readonly searchPath: readonly string[];
  readonly containerd: Component;
  readonly kubelet: Component;
  /** The Service `kubernetes`, for pods. */
  readonly service: ServiceForwarder;
};

/**
 * Starts all of a node: registry, containerd, scheduler and kubelet, and waits until the node is Ready.
 *
 * @param controlPlane of its cluster
 */
export async function startNode(
  controlPlane: ControlPlane,
  prepared: Prepared,
  settings: NodeSettings,
): Promise<NodeParts> {
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
  const searchPath = [wrappers, ...programs.map((name) => path.dirname(binaries[name]))];
  const search = [...searchPath, process.env['PATH'] ?? ''];
  const env = { ...controlPlane.env, PATH: search.join(path.delimiter) };

  const configurationFile = path.join(await folder('etc'), 'config.toml');
  await writeFile(configurationFile, containerdConfig(places, settings, prepared.versions.containerd));
  const containerd = new Component({
    name: 'containerd',
    file: controlPlane.description.binaries.containerd,
    args: ['--config', configurationFile],
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
  return {
    ...{ controlPlane, prepared, image, registry, places, containerd, kubelet, service },
    configurationFile,
    searchPath,
  };
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

/** Waits until containerd answers. */
export async function untilServing({ binaries }: Prepared, socket: string): Promise<void> {
  await eventually(async () => {
    const { exitCode } = await runProgram(binaries.ctr, ['-a', socket, 'version']);
    if (exitCode !== 0) throw new Error(`containerd does not answer on ${socket}.`);
  }, startTimeoutMs);
}
