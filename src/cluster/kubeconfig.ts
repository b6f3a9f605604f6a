import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { listQuoted } from '../finding/list-names.ts';
import { quote } from '../finding/quote.ts';
import { maxSettingsBytes, readBoundedFileSync } from '../follow/read-file.ts';

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The kubeconfig that a command goes by.
 *
 * @param file undefined for the pod's ServiceAccount and, outside of a pod, what kubectl would use
 * @param context of the kubeconfig; undefined for its current one
 * @throws where it cannot be read, names no cluster, or one that it should not be sent credentials of
 */
export function loadKubeconfig(file: string | undefined, context?: string): KubeConfig {
  const config =
    file === undefined && context === undefined && isInPod() ? ofServiceAccount() : fromFiles(filesOf(file));
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw new Error(`the kubeconfig has no context ${quote(context)}`);
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) throw new Error('the kubeconfig has no current context with a cluster');
  allowProxyOfThisMachine(config);
  return config;
}

/** The names of the contexts of a file, or of what kubectl would use. @throws where it cannot be read */
export function contextNames(file: string | undefined): readonly string[] {
  return fromFiles(filesOf(file)).contexts.map(({ name }) => name);
}

function isInPod(): boolean {
  return process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(serviceAccountToken);
}

function ofServiceAccount(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
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
function fromFiles(files: readonly string[]): KubeConfig {
  const configs = files.map((file) => {
    const config = new KubeConfig();
    config.loadFromString(readBoundedFileSync(file, maxSettingsBytes).toString('utf8'));
    config.makePathsAbsolute(dirname(file));
    return config;
  });
  const merged = new KubeConfig();
  merged.clusters = firstOfEach(configs.flatMap(({ clusters }) => clusters));
  merged.users = firstOfEach(configs.flatMap(({ users }) => users));
  merged.contexts = firstOfEach(configs.flatMap(({ contexts }) => contexts));
  merged.currentContext = configs.map(({ currentContext }) => currentContext).find((name) => name) ?? '';
  return merged;
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
