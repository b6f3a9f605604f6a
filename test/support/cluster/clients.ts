import path from 'node:path';

import type { BinaryPaths } from '../binaries/ensure-binaries.ts';
import { runMarker } from '../processes/marked-processes.ts';
import { runProgram, type ProgramResult } from '../processes/run-program.ts';
import { writeKubeconfig, type Endpoint, type Identity } from './identities.ts';
import type { RunDirectory } from './run-directory.ts';

/** All that it takes to use a running cluster, as plain data: it can be handed to another process as JSON. */
export type ClusterDescription = Endpoint & {
  /** The mark that every process of the run carries in its environment. */
  readonly runId: string;
  readonly directory: RunDirectory;
  readonly binaries: BinaryPaths;
  /** The administrator's (group system:masters). */
  readonly kubeconfigPath: string;
  /** The other users' kubeconfigs, by the user's name. */
  readonly userKubeconfigPaths: Readonly<Record<string, string>>;
  /** Such as `127.100.0.0/16`. */
  readonly serviceCidr: string;
  /** The loopback address that is this cluster's alone, outside of the Services' range. */
  readonly hostAddress: string;
  /** One JSON event a line; undefined where the cluster was started without an audit log. */
  readonly auditLogPath: string | undefined;
  /** Where in the audit log the events begin that whoever uses the cluster has to do with, in bytes. */
  readonly auditLogStart: number;
};

export type ClientOptions = {
  /** Text for standard input, as for `-f -`. */
  readonly input?: string;
  /** Impersonates; whoever asks needs the right to, which the administrator has. */
  readonly as?: { readonly user: string; readonly groups?: readonly string[] };
  /** Another identity's kubeconfig than the administrator's. */
  readonly kubeconfigPath?: string;
  /** More environment variables, such as a PATH with a plugin. */
  readonly env?: Readonly<Record<string, string>>;
  /** In milliseconds; 60,000 without it. */
  readonly timeoutMs?: number;
};

export type ServiceAccountTokenOptions = {
  readonly audiences?: readonly string[];
  /** In seconds; the API server refuses less than 600. One hour without it. */
  readonly expirationSeconds?: number;
  /** Binds the token to a pod, as a kubelet's is. */
  readonly podName?: string;
};

/** kubectl, helm and identities for one cluster. */
export type ClusterClients = {
  /** Runs kubectl. An exit code other than 0 is a result, not an exception. */
  readonly kubectl: (args: readonly string[], options?: ClientOptions) => Promise<ProgramResult>;
  /** Runs helm, the same way. */
  readonly helm: (args: readonly string[], options?: ClientOptions) => Promise<ProgramResult>;
  /** Asks the API server (TokenRequest) for a ServiceAccount's token. Throws where it refuses. */
  readonly createServiceAccountToken: (
    namespace: string,
    name: string,
    options?: ServiceAccountTokenOptions,
  ) => Promise<string>;
  /** Writes a kubeconfig for a token into the run's directory and returns its path. */
  readonly writeKubeconfigFor: (identity: Identity) => Promise<string>;
  /** The environment that kubectl and helm get: for programs of the test's own, which the process guard then ends as well. */
  readonly env: Readonly<Record<string, string>>;
};

/** Makes the clients of a cluster, in the process that started it or in another. */
export function connect(cluster: ClusterDescription): ClusterClients {
  const env = clientEnvironment(cluster);
  const run = (file: string, args: readonly string[], options: ClientOptions): Promise<ProgramResult> =>
    runProgram(file, args, {
      env: {
        ...env,
        ...(options.kubeconfigPath === undefined ? {} : { KUBECONFIG: options.kubeconfigPath }),
        ...options.env,
      },
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
  const kubectl: ClusterClients['kubectl'] = (args, options = {}) =>
    run(cluster.binaries.kubectl, [...impersonation('--as', '--as-group', options), ...args], options);
  return {
    env,
    kubectl,
    helm: (args, options = {}) =>
      run(cluster.binaries.helm, [...impersonation('--kube-as-user', '--kube-as-group', options), ...args], options),
    createServiceAccountToken: async (namespace, name, options = {}) => {
      const result = await kubectl(['create', 'token', name, `--namespace=${namespace}`, ...tokenFlags(options)]);
      if (result.exitCode !== 0) {
        throw new Error(`No token for ServiceAccount ${namespace}/${name}: ${result.stderr.trim()}`);
      }
      return result.stdout.trim();
    },
    writeKubeconfigFor: async (identity) => {
      const file = kubeconfigFile(cluster.directory, identity.name);
      await writeKubeconfig(file, cluster, identity);
      return file;
    },
  };
}

/** Where the kubeconfig of an identity is kept. */
export function kubeconfigFile(directory: RunDirectory, name: string): string {
  return path.join(directory.credentials, `${encodeURIComponent(name)}.kubeconfig`);
}

function clientEnvironment(cluster: ClusterDescription): Readonly<Record<string, string>> {
  const { home } = cluster.directory;
  return {
    // The same kubectl for whoever looks it up, such as a script under test; and nothing else of the user's environment.
    PATH: [path.dirname(cluster.binaries.kubectl), process.env['PATH'] ?? ''].join(path.delimiter),
    HOME: home,
    KUBECONFIG: cluster.kubeconfigPath,
    KUBECACHEDIR: path.join(home, 'kube-cache'),
    HELM_CACHE_HOME: path.join(home, 'helm-cache'),
    HELM_CONFIG_HOME: path.join(home, 'helm-config'),
    HELM_DATA_HOME: path.join(home, 'helm-data'),
    [runMarker]: cluster.runId,
  };
}

function impersonation(userFlag: string, groupFlag: string, options: ClientOptions): readonly string[] {
  return options.as === undefined
    ? []
    : [`${userFlag}=${options.as.user}`, ...(options.as.groups ?? []).map((group) => `${groupFlag}=${group}`)];
}

function tokenFlags(options: ServiceAccountTokenOptions): readonly string[] {
  return [
    `--duration=${options.expirationSeconds ?? 3600}s`,
    ...(options.audiences ?? []).map((audience) => `--audience=${audience}`),
    ...(options.podName === undefined ? [] : ['--bound-object-kind=Pod', `--bound-object-name=${options.podName}`]),
  ];
}
