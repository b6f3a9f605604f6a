import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { BinaryPaths } from '../binaries/ensure-binaries.ts';
import type { ComponentSpec } from './component.ts';
import type { RunDirectory } from './run-directory.ts';

export type ComponentName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

/** How much of each request the audit log holds (kubernetes.io, "Auditing"). */
export type AuditLevel = 'Metadata' | 'Request' | 'RequestResponse';

/** What the components of one cluster have in common. */
export type ControlPlaneSetup = {
  readonly binaries: BinaryPaths;
  readonly directory: RunDirectory;
  readonly env: NodeJS.ProcessEnv;
  readonly hostAddress: string;
  readonly serviceCidr: string;
  readonly ports: {
    readonly etcd: number;
    readonly etcdPeer: number;
    readonly apiServer: number;
    readonly controllerManager: number;
  };
  /** The administrator's token, for the health endpoints. */
  readonly adminToken: string;
  readonly auditLevel: AuditLevel | undefined;
  readonly extraFlags: Readonly<Partial<Record<ComponentName, readonly string[]>>>;
};

/** The files that components share. */
export function sharedFiles(directory: RunDirectory) {
  const inCredentials = (...names: readonly string[]): string => path.join(directory.credentials, ...names);
  return {
    tokens: inCredentials('tokens.csv'),
    serviceAccountKey: inCredentials('service-account.key'),
    certificateAuthority: inCredentials('ca.crt'),
    apiServerCertificate: inCredentials('kube-apiserver', 'apiserver.crt'),
    controllerManagerKubeconfig: inCredentials('kube-controller-manager.kubeconfig'),
    auditPolicy: inCredentials('audit-policy.json'),
    auditLog: path.join(directory.logs, 'audit.jsonl'),
  } as const;
}

/** The URL of the API server. */
export function serverUrl(setup: ControlPlaneSetup): string {
  return `https://${setup.hostAddress}:${setup.ports.apiServer}`;
}

export function etcdSpec(setup: ControlPlaneSetup): ComponentSpec {
  const client = etcdUrl(setup);
  const peer = `http://${setup.hostAddress}:${setup.ports.etcdPeer}`;
  return component(setup, 'etcd', {
    args: [
      `--data-dir=${path.join(setup.directory.data, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // Nothing here has to survive a power cut, and disks are slow at this.
      '--unsafe-no-fsync',
    ],
    health: [{ url: `${client}/readyz` }],
  });
}

export function apiServerSpec(setup: ControlPlaneSetup): ComponentSpec {
  const files = sharedFiles(setup.directory);
  const issuer = 'https://kubernetes.default.svc.cluster.local';
  return component(setup, 'kube-apiserver', {
    args: [
      `--etcd-servers=${etcdUrl(setup)}`,
      `--bind-address=${setup.hostAddress}`,
      `--secure-port=${setup.ports.apiServer}`,
      // A loopback address is refused here, and without a node nobody connects to this one.
      '--advertise-address=10.0.0.1',
      '--endpoint-reconciler-type=none',
      `--service-cluster-ip-range=${setup.serviceCidr}`,
      // It makes its own certificate authority and certificate there, for --bind-address among others.
      `--cert-dir=${path.dirname(files.apiServerCertificate)}`,
      `--token-auth-file=${files.tokens}`,
      '--authorization-mode=RBAC,Node',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      // Else a polite stop waits a minute for the watches of whoever is connected.
      '--shutdown-watch-termination-grace-period=1s',
      `--service-account-issuer=${issuer}`,
      `--service-account-key-file=${files.serviceAccountKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      ...(setup.auditLevel === undefined ? [] : auditFlags(setup)),
    ],
    health: [
      { url: `${serverUrl(setup)}/readyz`, certificateFile: files.apiServerCertificate, token: setup.adminToken },
    ],
  });
}

export function controllerManagerSpec(setup: ControlPlaneSetup): ComponentSpec {
  const files = sharedFiles(setup.directory);
  const certificates = path.join(setup.directory.credentials, 'kube-controller-manager');
  const url = `https://${setup.hostAddress}:${setup.ports.controllerManager}`;
  return component(setup, 'kube-controller-manager', {
    args: [
      `--kubeconfig=${files.controllerManagerKubeconfig}`,
      `--bind-address=${setup.hostAddress}`,
      `--secure-port=${setup.ports.controllerManager}`,
      `--cert-dir=${certificates}`,
      `--root-ca-file=${files.certificateAuthority}`,
      `--service-account-private-key-file=${files.serviceAccountKey}`,
      '--use-service-account-credentials=true',
      '--leader-elect=false',
      // The defaults of 20 and 30 make a test with many objects wait for the client's own limit.
      '--kube-api-qps=200',
      '--kube-api-burst=400',
    ],
    health: [
      { url: `${url}/healthz`, certificateFile: path.join(certificates, 'kube-controller-manager.crt') },
      {
        // The first thing that it is needed for: without this ServiceAccount no pod is admitted.
        url: `${serverUrl(setup)}/api/v1/namespaces/default/serviceaccounts/default`,
        certificateFile: files.apiServerCertificate,
        token: setup.adminToken,
      },
    ],
  });
}

/** Writes the audit policy: every request at one level, each once, when it is answered. */
export async function writeAuditPolicy(file: string, level: AuditLevel): Promise<void> {
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level }] };
  await writeFile(file, JSON.stringify(policy), { mode: 0o600 });
}

function auditFlags(setup: ControlPlaneSetup): readonly string[] {
  const files = sharedFiles(setup.directory);
  return [
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${files.auditLog}`,
    // A test that has its answer finds the event in the file.
    '--audit-log-mode=blocking-strict',
  ];
}

function etcdUrl(setup: ControlPlaneSetup): string {
  return `http://${setup.hostAddress}:${setup.ports.etcd}`;
}

function component(
  setup: ControlPlaneSetup,
  name: ComponentName,
  own: Pick<ComponentSpec, 'args' | 'health'>,
): ComponentSpec {
  return {
    name,
    file: setup.binaries[name],
    args: [...own.args, ...(setup.extraFlags[name] ?? [])],
    env: setup.env,
    logFile: path.join(setup.directory.logs, `${name}.log`),
    health: own.health,
  };
}
