import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { imageUser, nodeFlags } from './image.ts';
import type { Cluster } from '../cluster/cluster.ts';
import {
  containerEnv,
  containerPort,
  expandArguments,
  memoryLimit,
  type Container,
  type PodIdentity,
  type PodSpec,
} from './deployment.ts';

const repository = path.join(import.meta.dirname, '..', '..', '..');
const sandbox = path.join(import.meta.dirname, 'pod-sandbox.sh');
const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

export type RunningPodOptions = {
  /** What it takes for the API server, where something stands between. */
  readonly apiServer?: URL;
  /** Whether it finds its memory limit, as a container does: V8 collects garbage by it. Nothing ends a pod that takes more. */
  readonly knowsMemoryLimit?: boolean;
};

type Mount = { readonly source: string; readonly target: string; readonly mode: 'ro' | 'rw' };

/**
 * A pod of a Deployment, run as a kubelet and a container runtime would run it: the built program under the image's
 * entry point, with exactly the pod's arguments, environment, user and volumes, in a read-only root file system, with
 * the ServiceAccount's own token. So wrong arguments, missing rights or a wrong mount fail a test.
 */
export class RunningPod {
  readonly identity: PodIdentity;
  readonly #container: Container;
  readonly #process: ChildProcess;
  readonly #logFile: string;
  readonly #graceMs: number;

  private constructor(
    identity: PodIdentity,
    { container, graceMs }: { readonly container: Container; readonly graceMs: number },
    process_: ChildProcess,
    logFile: string,
  ) {
    this.identity = identity;
    this.#container = container;
    this.#graceMs = graceMs;
    this.#process = process_;
    this.#logFile = logFile;
  }

  /** Starts the pod; it is running, and not yet ready, when this returns. */
  static async start(
    cluster: Cluster,
    identity: PodIdentity,
    spec: PodSpec,
    { apiServer = new URL(cluster.server), knowsMemoryLimit = false }: RunningPodOptions = {},
  ): Promise<RunningPod> {
    const container = spec.containers[0];
    if (container === undefined) throw new Error('The pod has no container.');
    const directory = await mkdtemp(path.join(cluster.description.directory.root, `${identity.name}-`));
    const env = {
      ...containerEnv(container, identity),
      KUBERNETES_SERVICE_HOST: apiServer.hostname,
      KUBERNETES_SERVICE_PORT: apiServer.port,
    };
    const mounts = await makeVolumes(cluster, directory, identity, spec, container);
    const app = path.join(directory, 'app');
    await mkdir(path.join(directory, 'root'));
    await cp(path.join(repository, 'dist'), path.join(app, 'dist'), { recursive: true });
    await cp(path.join(repository, 'package.json'), path.join(app, 'package.json'));
    const isRoot = process.getuid?.() === 0;
    const user = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? imageUser;
    const logFile = path.join(cluster.description.directory.logs, `${path.basename(directory)}.log`);
    const log = openSync(logFile, 'a');
    const process_ = spawn(
      'unshare',
      [
        ...(isRoot ? [] : ['--map-root-user']),
        '--mount',
        '--propagation=private',
        sandbox,
        path.join(directory, 'root'),
        isRoot ? String(user) : 'keep',
        app,
        path.dirname(process.execPath),
        String((knowsMemoryLimit ? memoryLimit(container) : undefined) ?? 'none'),
        ...mounts.flatMap(({ source, target, mode }) => [source, target, mode]),
        '--',
        ...(container.command ?? ['/node/node', ...nodeFlags, '/app/dist/main.js']),
        ...expandArguments(container.args ?? [], env),
        ...ownAddress(container, identity),
      ],
      { env: { ...marker(cluster), ...env }, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    await once(process_, 'spawn');
    const graceMs = (spec.terminationGracePeriodSeconds ?? 30) * 1000;
    return new RunningPod(identity, { container, graceMs }, process_, logFile);
  }

  get address(): string {
    return this.identity.address;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** The exit code; null while it runs, or where a signal ended it. */
  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** All that the program has logged so far. */
  logs(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Asks the pod's own readiness probe, as the kubelet would. */
  async isReady(): Promise<boolean> {
    const probe = this.#container.readinessProbe?.httpGet;
    if (probe === undefined) throw new Error('The container has no readiness probe.');
    return (await this.get(probe.path, containerPort(this.#container, probe.port)))?.ok ?? false;
  }

  /** @param port a container port, by number or name @returns undefined where nothing answers */
  async get(pathname: string, port: number | string): Promise<Response | undefined> {
    const url = `http://${this.address}:${containerPort(this.#container, port)}${pathname}`;
    return fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  }

  /** @throws Error with the log's end where the pod ends, or is not ready in time */
  async untilReady(timeoutMs = 30_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await this.isReady())) {
      if (!this.isRunning || Date.now() > deadline) {
        const what = this.isRunning ? 'did not become ready' : `ended with exit code ${this.exitCode ?? 'none'}`;
        throw new Error(`The pod ${this.identity.name} ${what}:\n${this.logs().slice(-4_000)}`);
      }
      await sleep(50);
    }
  }

  /** Ends the pod as the kubelet would, within its grace period, or at once as a crash would. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), this.#graceMs);
    await ended;
    clearTimeout(timer);
  }
}

/** The program listens on every address; pods that share this machine's take one each. The last of two flags counts. */
function ownAddress(container: Container, { address }: PodIdentity): readonly string[] {
  if (container.args?.[0] !== 'serve') return [];
  const metrics = `${address}:${containerPort(container, 'metrics')}`;
  return [`--bind-address=${address}`, `--metrics-bind-address=${metrics}`];
}

/** The environment by which everything of this run is found and ended, whatever happens to the test. */
function marker({ env }: Cluster): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('SHIMGATE_E2E_')));
}

async function makeVolumes(
  cluster: Cluster,
  directory: string,
  pod: PodIdentity,
  spec: PodSpec,
  container: Container,
): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  // Of a pod that the API server has, as it has it: the ServiceAccount's volume is made below.
  const own = (container.volumeMounts ?? []).filter(({ mountPath }) => mountPath !== serviceAccountDirectory);
  for (const { name, mountPath, readOnly = false } of own) {
    const volume = spec.volumes?.find((one) => one.name === name);
    const source = path.join(directory, 'volumes', name);
    await mkdir(source, { recursive: true, mode: 0o777 });
    if (volume?.secret !== undefined) {
      await writeFiles(source, await readData(cluster, pod.namespace, 'secret', volume.secret.secretName));
    } else if (volume?.configMap !== undefined) {
      await writeFiles(source, await readData(cluster, pod.namespace, 'configmap', volume.configMap.name));
    } else if (volume?.emptyDir === undefined) {
      throw new Error(`The volume ${name} is of a kind that is not known here.`);
    }
    mounts.push({ source, target: mountPath, mode: readOnly || volume.emptyDir === undefined ? 'ro' : 'rw' });
  }
  if (spec.automountServiceAccountToken === false) return mounts;
  const source = path.join(directory, 'service-account');
  await mkdir(source);
  await writeFiles(source, {
    token: await cluster.api.createToken(pod.namespace, pod.serviceAccountName),
    'ca.crt': cluster.description.certificateAuthority,
    namespace: pod.namespace,
  });
  return [...mounts, { source, target: serviceAccountDirectory, mode: 'ro' }];
}

async function readData(
  cluster: Cluster,
  namespace: string,
  kind: 'secret' | 'configmap',
  name: string,
): Promise<Readonly<Record<string, string>>> {
  const text = await cluster.api.expect('GET', `/api/v1/namespaces/${namespace}/${kind}s/${name}`);
  const { data = {} } = JSON.parse(text) as { readonly data?: Readonly<Record<string, string>> };
  if (kind === 'configmap') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text, { mode: 0o644 });
}
