import { expect } from '@jest/globals';
import type { ClientOptions } from '../../support/cluster/clients.ts';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import type { ProgramResult } from '../../support/processes/run-program.ts';
import { eventually } from '../../support/eventually.ts';
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

/** A person at a terminal, with kubectl and one namespace. */
export class KubectlUser {
  readonly #cluster: ControlPlane;
  readonly namespace: string;

  constructor(cluster: ControlPlane, namespace: string) {
    this.#cluster = cluster;
    this.namespace = namespace;
  }

  /** Makes the namespace first, and waits until pods can be made in it. */
  static async inNewNamespace(
    cluster: ControlPlane,
    namespace: string,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<KubectlUser> {
    const user = new KubectlUser(cluster, namespace);
    const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
    expectSilence(await user.apply(manifest));
    // Another one of the API server's own plugins refuses pods before that.
    await eventually(async () => {
      expectSilence(await user.run(['get', 'serviceaccount', 'default']));
    });
    return user;
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
  async stored<T = StoredObject>(kind: string, name: string): Promise<T> {
    const got = await this.run(['get', kind, name, '--output=json']);
    expectSilence(got);
    return JSON.parse(got.stdout) as T;
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
