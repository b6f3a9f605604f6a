import { readFile, writeFile } from 'node:fs/promises';

import { ensureBinaries, type BinaryPaths } from '../binaries/ensure-binaries.ts';
import { runMarker } from '../processes/marked-processes.ts';
import { kubeconfigFile, type ClusterDescription } from './clients.ts';
import {
  apiServerSpec,
  controllerManagerSpec,
  etcdSpec,
  serverUrl,
  sharedFiles,
  writeAuditPolicy,
  type AuditLevel,
  type ComponentName,
  type ControlPlaneSetup,
} from './component-specs.ts';
import { Component } from './component.ts';
import { ControlPlane } from './control-plane.ts';
import {
  certificateAuthority,
  withToken,
  writeKubeconfig,
  writeServiceAccountKey,
  writeTokenFile,
  type User,
  type UserWithToken,
} from './identities.ts';
import { freePorts } from './loopback.ts';
import { acquireRunResources, releaseRunResources, type RunResources } from './run-resources.ts';

export type ControlPlaneOptions = {
  /** Users besides the administrator, each with a kubeconfig of their own and no rights but those that RBAC gives. */
  readonly users?: readonly User[];
  /** Writes an audit log with every request at this level. Without it there is none. */
  readonly auditLevel?: AuditLevel;
  /** More flags for a component, after its own. */
  readonly extraFlags?: Readonly<Partial<Record<ComponentName, readonly string[]>>>;
  /** How long each component may take to be ready, in milliseconds; 60,000 without it. */
  readonly startTimeoutMs?: number;
};

const defaultStartTimeoutMs = 60_000;
const administrator: User = { name: 'admin', groups: ['system:masters'] };
const controllerManager: User = { name: 'system:kube-controller-manager', groups: [] };

/**
 * Starts etcd, kube-apiserver and kube-controller-manager on loopback addresses that are this cluster's alone, and waits until
 * pods can be created in the namespace `default`. Programs that are not there are built first (see ensureBinaries).
 *
 * @returns The running control plane. Whatever ends this process also ends it; `stop()` does so in an orderly way.
 * @throws Error where a program cannot be had, or a component does not become ready; then nothing is left running, and the
 *   message says where the logs are and has the end of the one that matters.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await ensureBinaries();
  const resources = await acquireRunResources();
  try {
    return await startWith(resources, binaries, options);
  } catch (error) {
    await releaseRunResources(resources, 'logs');
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`The control plane did not start: ${message}\nIts logs are in ${resources.directory.logs}`, {
      cause: error,
    });
  }
}

async function startWith(
  resources: RunResources,
  binaries: BinaryPaths,
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const startTimeoutMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
  const files = sharedFiles(resources.directory);
  const admin = withToken(administrator);
  const controllers = withToken(controllerManager);
  const users = (options.users ?? []).map(withToken);
  const setup = await prepareSetup(resources, binaries, options, admin);
  await writeTokenFile(files.tokens, [admin, controllers, ...users]);
  await writeServiceAccountKey(files.serviceAccountKey);
  if (setup.auditLevel !== undefined) {
    await writeAuditPolicy(files.auditPolicy, setup.auditLevel);
  }

  const components = {
    etcd: new Component(etcdSpec(setup)),
    'kube-apiserver': new Component(apiServerSpec(setup)),
    'kube-controller-manager': new Component(controllerManagerSpec(setup)),
  };
  await components.etcd.start(startTimeoutMs);
  await components['kube-apiserver'].start(startTimeoutMs);

  const authority = certificateAuthority(await readFile(files.apiServerCertificate, 'utf8'));
  await writeFile(files.certificateAuthority, authority);
  const endpoint = { server: serverUrl(setup), certificateAuthority: authority };
  await writeKubeconfig(files.controllerManagerKubeconfig, endpoint, controllers);
  await components['kube-controller-manager'].start(startTimeoutMs);

  const description: ClusterDescription = {
    ...endpoint,
    runId: resources.guard.runId,
    directory: resources.directory,
    binaries,
    kubeconfigPath: kubeconfigFile(resources.directory, admin.name),
    userKubeconfigPaths: Object.fromEntries(users.map(({ name }) => [name, kubeconfigFile(resources.directory, name)])),
    serviceCidr: setup.serviceCidr,
    hostAddress: setup.hostAddress,
    auditLogPath: setup.auditLevel === undefined ? undefined : files.auditLog,
    auditLogStart: 0,
  };
  for (const user of [admin, ...users]) {
    await writeKubeconfig(kubeconfigFile(resources.directory, user.name), endpoint, user);
  }
  return new ControlPlane({ description, components, resources, startTimeoutMs });
}

async function prepareSetup(
  { directory, guard, range }: RunResources,
  binaries: BinaryPaths,
  options: ControlPlaneOptions,
  admin: UserWithToken,
): Promise<ControlPlaneSetup> {
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManagerPort = 0] = await freePorts(range.hostAddress, 4);
  return {
    binaries,
    directory,
    // Nothing else of the user's environment: a proxy or a GODEBUG there must not change what is tested.
    env: { PATH: process.env['PATH'], HOME: directory.home, [runMarker]: guard.runId },
    hostAddress: range.hostAddress,
    serviceCidr: range.serviceCidr,
    ports: { etcd, etcdPeer, apiServer, controllerManager: controllerManagerPort },
    adminToken: admin.token,
    auditLevel: options.auditLevel,
    extraFlags: options.extraFlags ?? {},
  };
}
