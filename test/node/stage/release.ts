import { version } from '../../../src/cli/version.ts';
import { runtimeClass } from '../../support/cluster/manifests.ts';
import { eventually } from '../../support/eventually.ts';
import { chart } from '../../support/installation/installation.ts';
import type { ProgramResult } from '../../support/processes/run-program.ts';
import { readProductImage } from '../prepare/prepared.ts';
import type { NodeSettings } from './containerd-config.ts';
import { makeNamespace } from './gated-node.ts';
import { pushLayout } from './image-layout.ts';
import { KubeProxy } from './kube-proxy.ts';
import { RealNode } from './real-node.ts';
import { stopAll } from './stop-all.ts';

/** The parts of a running pod that tests look at. */
type RunningPod = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly containers: readonly { readonly args?: readonly string[] }[] };
  readonly status: {
    readonly containerStatuses: readonly {
      readonly containerID: string;
      readonly imageID: string;
      readonly ready: boolean;
      readonly restartCount: number;
    }[];
  };
};

const waitFor = ['--wait', '--timeout=240s'];

/** shimgate, installed on a real node by its chart, with nobody in the kubelet's place. */
export class Release {
  readonly node: RealNode;
  readonly namespace = 'shimgate';
  /** Values by which its image is the one that was pushed. */
  readonly image: { readonly registry: string };
  /** Digest of that image. */
  readonly digest: string;
  readonly #proxy: KubeProxy;

  private constructor(node: RealNode, digest: string, proxy: KubeProxy) {
    this.node = node;
    this.image = { registry: node.registry };
    this.digest = digest;
    this.#proxy = proxy;
  }

  /** Starts a node that has all but the release: Services, the image in its registry, and a namespace of users, `people`. */
  static async prepare(settings: NodeSettings): Promise<Release> {
    const node = await RealNode.start(settings);
    try {
      const [layout] = readProductImage();
      const digest = await pushLayout(layout, node.registry, 'shimgate/shimgate', version);
      const release = new Release(node, digest, await KubeProxy.start(node));
      await release.kubectl('create', 'namespace', release.namespace);
      const label = 'pod-security.kubernetes.io/enforce=restricted';
      await release.kubectl('label', 'namespace', release.namespace, label);
      await makeNamespace(node, 'people');
      return release;
    } catch (error) {
      await node.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await stopAll(
      () => this.#proxy.stop(),
      () => this.node.stop(),
    );
  }

  /** `helm install` or `helm upgrade`, which wait until the pods are ready. @throws Error where it fails */
  async apply(command: 'install' | 'upgrade', values: object): Promise<void> {
    await this.#helm([command, 'shimgate', chart, '--values', '-', ...waitFor], JSON.stringify(values));
    // kube-proxy hears of the pods after Helm does, and refuses connections to a Service that has none.
    if (command === 'install') await eventually(() => this.#reach());
  }

  /** @throws Error where the API server does not reach the webhook */
  async #reach(): Promise<void> {
    const { stderr } = await this.create(runtimeClass('reached', 'runc'), '--dry-run=server');
    if (stderr.includes('failed calling webhook')) throw new Error(stderr);
  }

  /** `helm rollback`, `helm test` or `helm uninstall`. @returns what it said @throws Error where it fails */
  run(command: 'rollback' | 'test' | 'uninstall', ...args: readonly string[]): Promise<string> {
    const waiting = command === 'test' ? ['--timeout=240s'] : waitFor;
    return this.#helm([command, 'shimgate', ...args, ...waiting]);
  }

  async #helm(args: readonly string[], input = ''): Promise<string> {
    const all = [...args, '--namespace', this.namespace];
    const result = await this.node.controlPlane.helm(all, { input, timeoutMs: 300_000 });
    if (result.exitCode === 0) return result.stdout;
    const { stdout } = await this.node.controlPlane.kubectl(['get', 'events', '--all-namespaces']);
    throw new Error(`${result.stdout}${result.stderr}\n${stdout.slice(-4_000)}`);
  }

  /** The pods that are not about to end. */
  async pods(): Promise<readonly RunningPod[]> {
    const selector = '--selector=app.kubernetes.io/name=shimgate';
    const listed = await this.kubectl('get', 'pods', selector, '--output=json');
    const { items } = JSON.parse(listed) as {
      readonly items: readonly (RunningPod & { readonly metadata: { readonly deletionTimestamp?: string } })[];
    };
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** Their names, in order. */
  async podNames(): Promise<readonly string[]> {
    return (await this.pods()).map(({ metadata }) => metadata.name).toSorted();
  }

  /** The process of each pod's container, by its id on this machine. */
  async processes(): Promise<readonly number[]> {
    const ids = (await this.pods()).flatMap(({ status }) => status.containerStatuses.map((one) => one.containerID));
    return Promise.all(
      ids.map(async (id) => {
        const { stdout } = await this.node.crictl(['inspect', id.replace('containerd://', '')]);
        return (JSON.parse(stdout) as { readonly info: { readonly pid: number } }).info.pid;
      }),
    );
  }

  /** Everything in the cluster that has shimgate in its name, but for events, as `kind/name`. */
  async everything(): Promise<readonly string[]> {
    const kinds = (await this.kubectl('api-resources', '--verbs=list', '--output=name')).trim().split('\n');
    const listed = kinds.filter((kind) => !kind.startsWith('events')).join(',');
    const found = await this.kubectl('get', listed, '--all-namespaces', '--output=name');
    return found
      .split('\n')
      .filter((name) => name.includes('shimgate'))
      .toSorted();
  }

  /** kubectl in the release's namespace. @throws Error where it fails */
  async kubectl(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.node.controlPlane.kubectl(['--namespace', this.namespace, ...args]);
    if (exitCode !== 0) throw new Error(stdout + stderr);
    return stdout;
  }

  /** Creates an object in a namespace of users, or would: a refusal is a result. */
  create(object: object, ...flags: readonly string[]): Promise<ProgramResult> {
    const args = ['create', '--namespace=people', '--filename=-', ...flags];
    return this.node.controlPlane.kubectl(args, { input: JSON.stringify(object) });
  }
}
