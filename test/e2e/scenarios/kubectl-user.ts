import { expect } from '@jest/globals';
import type { ClientOptions } from '../../support/cluster/clients.ts';
import type { Cluster } from '../../support/cluster/cluster.ts';
import type { ProgramResult } from '../../support/processes/run-program.ts';
import type { Manifest } from '../../support/cluster/manifests.ts';

/** The parts of a stored object that scenarios look at. */
export type StoredObject = {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
};

/** Where objects of a kind are, by the name that kubectl takes. */
const collections = {
  clusterrole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  configmap: '/api/v1/namespaces/NAMESPACE/configmaps',
  mutatingwebhookconfiguration: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  node: '/api/v1/nodes',
  pod: '/api/v1/namespaces/NAMESPACE/pods',
  runtimeclass: '/apis/node.k8s.io/v1/runtimeclasses',
  secret: '/api/v1/namespaces/NAMESPACE/secrets',
  validatingwebhookconfiguration: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
} as const;

export type StoredKind = keyof typeof collections;

/** A person at a terminal, with kubectl and one namespace. */
export class KubectlUser {
  readonly #cluster: Cluster;
  readonly namespace: string;

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.namespace = namespace;
  }

  /** Makes the namespace first, and waits until pods can be made in it. */
  static async inNewNamespace(
    cluster: Cluster,
    namespace: string,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<KubectlUser> {
    await cluster.api.makeNamespace(namespace, labels);
    return new KubectlUser(cluster, namespace);
  }

  /** `kubectl ARGUMENTS` in the user's namespace. An exit code other than 0 is a result. */
  run(args: readonly string[], options?: ClientOptions): Promise<ProgramResult> {
    return this.#cluster.kubectl(['--namespace', this.namespace, ...args], options);
  }

  /** `kubectl apply -f -` */
  apply(...manifests: readonly Manifest[]): Promise<ProgramResult> {
    return this.run(['apply', '--filename=-'], { input: manifests.map((one) => JSON.stringify(one)).join('\n---\n') });
  }

  /** The object as it is stored. @throws where there is none */
  async stored<T = StoredObject>(kind: StoredKind, name: string): Promise<T> {
    const collection = collections[kind].replace('NAMESPACE', this.namespace);
    return JSON.parse(await this.#cluster.api.expect('GET', `${collection}/${name}`)) as T;
  }

  /** Annotations of the pod as it is stored, without what kubectl itself keeps there. */
  async podAnnotations(name: string): Promise<Readonly<Record<string, string>>> {
    const { metadata } = await this.stored('pod', name);
    return Object.fromEntries(
      Object.entries(metadata.annotations ?? {}).filter(([key]) => !key.startsWith('kubectl.kubernetes.io/')),
    );
  }
}

/** What a command does when all is well: exit code 0, and nothing on the terminal but its result. */
export function expectSilence({ exitCode, stderr }: ProgramResult): void {
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

/** What a user reads on standard error, line by line. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
