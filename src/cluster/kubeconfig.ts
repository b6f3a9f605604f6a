import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { loadYaml } from '@kubernetes/client-node/dist/yaml.js';
import { listQuoted } from '../finding/list-names.ts';
import { quote } from '../finding/quote.ts';
import { maxSettingsBytes, readBoundedFileSync } from '../follow/read-file.ts';

/**
 * What kubectl sends of a user who acts for another, besides `as`. The library drops it without a word, and whoever has rights by a
 * group would act without them. Source: client-go, tools/clientcmd/api/v1, AuthInfo.
 */
const unsentFields = ['as-groups', 'as-uid', 'as-user-extra'] as const;

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The kubeconfig that a command goes by.
 *
 * @param file undefined for the pod's ServiceAccount and, outside of a pod, what kubectl would use
 * @param context of the kubeconfig; undefined for its current one
 * @throws where it cannot be read, names no cluster, or one that it should not be sent credentials of, or has a user that acts for
 *   another as only kubectl can
 */
export function loadKubeconfig(file: string | undefined, context?: string): KubeConfig {
  const isOfPod = file === undefined && context === undefined && isInPod();
  const { config, unsent } = isOfPod ? ofServiceAccount() : fromFiles(filesOf(file));
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw new Error(`the kubeconfig has no context ${quote(context)}`);
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) throw new Error('the kubeconfig has no current context with a cluster');
  allowProxyOfThisMachine(config);
  refuseUnsent(config, unsent);
  return config;
}

/** The names of the contexts of a file, or of what kubectl would use. @throws where it cannot be read */
export function contextNames(file: string | undefined): readonly string[] {
  return fromFiles(filesOf(file)).config.contexts.map(({ name }) => name);
}

function isInPod(): boolean {
  return process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(serviceAccountToken);
}

/** A kubeconfig, and what of its users is not sent. */
type LoadedConfig = { readonly config: KubeConfig; readonly unsent: ReadonlyMap<User, readonly string[]> };

function ofServiceAccount(): LoadedConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  return { config, unsent: new Map() };
}

/** Source: Kubernetes, Organizing Cluster Access Using kubeconfig Files, the order of loading. */
function filesOf(file: string | undefined): readonly string[] {
  if (file !== undefined) return [file];
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((name) => name !== '');
  if (named.length > 0) {
    const there = named.filter((one) => existsSync(one));
    if (there.length > 0) return there;
    throw new Error(`there is no kubeconfig: KUBECONFIG names ${listQuoted(named)}, and nothing is there`);
  }
  const own = join(homedir(), '.kube', 'config');
  if (existsSync(own)) return [own];
  // The library would go on to localhost:8080, where nobody has listened for years.
  throw new Error('there is no kubeconfig: KUBECONFIG is not set, and ~/.kube/config is not there');
}

/** As kubectl merges several: of what has one name, and of the current context, the first file that says it counts. */
function fromFiles(files: readonly string[]): LoadedConfig {
  const unsent = new Map<User, readonly string[]>();
  const configs = files.map((file) => {
    const config = new KubeConfig();
    const text = readBoundedFileSync(file, maxSettingsBytes).toString('utf8');
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(file));
    // The library has taken each of them, and in this order, or has refused the file.
    const { users } = loadYaml<{ readonly users?: readonly StoredUser[] | null }>(text);
    for (const [index, user] of config.users.entries()) {
      const fields = unsentFields.filter((field) => (users?.[index]?.user?.[field] ?? undefined) !== undefined);
      if (fields.length > 0) unsent.set(user, fields);
    }
    return config;
  });
  const merged = new KubeConfig();
  merged.clusters = firstOfEach(configs.flatMap(({ clusters }) => clusters));
  merged.users = firstOfEach(configs.flatMap(({ users }) => users));
  merged.contexts = firstOfEach(configs.flatMap(({ contexts }) => contexts));
  merged.currentContext = configs.map(({ currentContext }) => currentContext).find((name) => name) ?? '';
  return { config: merged, unsent };
}

type StoredUser = { readonly user?: Readonly<Partial<Record<(typeof unsentFields)[number], unknown>>> | null };

function refuseUnsent(config: KubeConfig, unsent: LoadedConfig['unsent']): void {
  const user = config.getCurrentUser();
  const fields = user === null ? undefined : unsent.get(user);
  if (user === null || fields === undefined) return;
  throw new Error(
    `the user ${quote(user.name)} of the kubeconfig has ${listQuoted(fields)}, which kubectl sends and shimgate cannot: ` +
      'run `kubectl proxy` with it, and give a kubeconfig with the server http://127.0.0.1:8001',
  );
}

function firstOfEach<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return [...new Map(entries.toReversed().map((entry) => [entry.name, entry])).values()].toReversed();
}

/**
 * Lets plain HTTP be spoken with this machine, as `kubectl proxy` has it. The library asks for `insecure-skip-tls-verify`
 * first, wherever the server is; to this machine there is no TLS that could be skipped.
 */
function allowProxyOfThisMachine(config: KubeConfig): void {
  const current = config.getCurrentCluster();
  if (current === null || current.skipTLSVerify || !URL.canParse(current.server)) return;
  const { protocol, hostname } = new URL(current.server);
  if (protocol !== 'http:') return;
  if (!isThisMachine(hostname))
    throw new Error(`the server ${quote(current.server)} speaks plain HTTP, and is not on this machine: use https`);
  config.clusters = config.clusters.map((one) => (one === current ? { ...one, skipTLSVerify: true } : one));
}

function isThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}
