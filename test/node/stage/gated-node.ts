import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { Installation } from '../../support/installation/installation.ts';
import { runProgram } from '../../support/processes/run-program.ts';
import type { NodeSettings } from './containerd-config.ts';
import { RealNode } from './real-node.ts';
import { stopAll } from './stop-all.ts';

const program = path.join(import.meta.dirname, '..', '..', '..', 'dist', 'main.js');

/** What import makes of a node's files, and what it says of them. */
export type Imported = {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly runtimes: Readonly<Record<string, ImportedRuntime>>;
  readonly said: readonly ImportFinding[];
};

/** A line on its standard error: the code, and the line of the file that it is about. */
type ImportFinding = { readonly code: string; readonly line: number };

export type ImportedRuntime = {
  readonly runtimeType?: string;
  readonly runtimePath?: string;
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  readonly podAnnotations?: readonly string[];
};

/** One finding of `shimgate audit -o json`. */
export type AuditFinding = {
  readonly code: string;
  readonly message: string;
  readonly object: { readonly kind: string; readonly name: string };
};

/** A real node, and shimgate before its API server, with the table that import reads from the node's own file. */
export class GatedNode {
  readonly node: RealNode;
  readonly imported: Imported;
  /** The lines of the node's file, as it was imported. */
  readonly #lines: readonly string[];
  readonly #installation: Installation;
  readonly #values: object;

  private constructor(
    node: RealNode,
    imported: Imported,
    lines: readonly string[],
    installation: Installation,
    values: object,
  ) {
    this.node = node;
    this.imported = imported;
    this.#lines = lines;
    this.#installation = installation;
    this.#values = values;
  }

  /** @param more of the configuration, made of the runtimes that import found */
  static async start(
    settings: NodeSettings,
    more: (runtimes: Imported['runtimes']) => Readonly<Record<string, unknown>>,
  ): Promise<GatedNode> {
    const node = await RealNode.start(settings);
    try {
      const { containerd } = node.prepared.versions;
      const imported = await importFrom([node.configurationFile, '--containerd-version', containerd]);
      const config = { ...imported.configuration, mode: 'warn', ...more(imported.runtimes) };
      // Its pods run beside the node: this Deployment is for nobody.
      const values = { config, replicas: 1, nodeSelector: { 'shimgate.dev/none': '' } };
      const installation = await Installation.install(node.controlPlane, { values });
      const lines = (await readFile(node.configurationFile, 'utf8')).split('\n');
      return new GatedNode(node, imported, lines, installation, values);
    } catch (error) {
      await node.stop();
      throw error;
    }
  }

  /** The codes of what import says of a handler: of its table, or of what is below that. */
  importedOf(handler: string): readonly string[] {
    return this.imported.said.flatMap(({ code, line }) => {
      const table = this.#lines.slice(0, line).findLast((one) => one.startsWith('['));
      return table?.includes(`.runtimes.${handler}]`) === true || table?.includes(`.runtimes.${handler}.`) === true
        ? [code]
        : [];
    });
  }

  /** Changes the configuration of shimgate, which follows its ConfigMap. */
  async configure(config: Readonly<Record<string, unknown>>): Promise<void> {
    const values = { ...this.#values, config: { ...(this.#values as { config: object }).config, ...config } };
    const { exitCode, stderr } = await this.#installation.helm('upgrade', values);
    if (exitCode !== 0) throw new Error(stderr);
  }

  /** Makes RuntimeClasses that are named as their handlers. */
  async makeClasses(handlers: readonly string[]): Promise<void> {
    for (const handler of handlers) {
      await this.node.controlPlane.api.expect('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata: { name: handler },
        handler,
      });
    }
  }

  /** Sends a pod. @returns the codes of what it is warned of @throws Error where it is refused */
  async create(pod: object, query = ''): Promise<readonly string[]> {
    const { metadata } = pod as { readonly metadata: { readonly namespace: string } };
    const answer = await this.node.controlPlane.api.send('POST', `${podsOf(metadata.namespace)}${query}`, pod);
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.warnings.flatMap(codesIn);
  }

  /** Sends a pod that goes nowhere. @returns the codes of its denial; undefined where it is let in */
  async denialOf(pod: object): Promise<readonly string[] | undefined> {
    return this.create(pod, '?dryRun=All').then(
      () => undefined,
      (error: unknown) => codesIn(error instanceof Error ? error.message : String(error)),
    );
  }

  /** A pod's annotations and uid, as the API server has them. */
  async stored(namespace: string, pod: string): Promise<StoredPod> {
    const text = await this.node.controlPlane.api.expect('GET', `${podsOf(namespace)}/${pod}`);
    const { metadata } = JSON.parse(text) as { readonly metadata: Partial<StoredPod> & { readonly uid: string } };
    return { annotations: metadata.annotations ?? {}, uid: metadata.uid };
  }

  /** What `shimgate audit` finds in the cluster, with the configuration that shimgate has there. */
  async audit(): Promise<readonly AuditFinding[]> {
    const { kubeconfigPath } = this.node.controlPlane;
    const args = ['audit', '--kubeconfig', kubeconfigPath, '--config-map', 'shimgate/shimgate', '-o', 'json'];
    const { stdout, stderr } = await runProgram(process.execPath, [program, ...args]);
    if (stdout === '') throw new Error(stderr);
    return (JSON.parse(stdout) as { readonly findings: readonly AuditFinding[] }).findings;
  }

  async stop(): Promise<void> {
    await stopAll(
      () => this.#installation.stop(),
      () => this.node.stop(),
    );
  }
}

export type StoredPod = { readonly annotations: Readonly<Record<string, string>>; readonly uid: string };

/** Runs `shimgate import`. @param input for standard input */
export async function importFrom(args: readonly string[], input?: string): Promise<Imported> {
  const command = [program, 'import', ...args, '-o', 'json'];
  const { stdout, stderr } = await runProgram(process.execPath, command, input === undefined ? {} : { input });
  if (stdout === '') throw new Error(stderr);
  const { apiVersion: _, kind: __, ...configuration } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  const { runtimes } = configuration as { readonly runtimes: Imported['runtimes'] };
  const said = stderr.split('\n').flatMap((text) => {
    const line = Number(/:(\d+):\d+: /.exec(text)?.[1] ?? 0);
    return codesIn(text).map((code) => ({ code, line }));
  });
  return { configuration, runtimes, said };
}

/** Makes a namespace in which pods can be made. */
export function makeNamespace({ controlPlane }: RealNode, name: string, labels = {}): Promise<void> {
  return eventually(() => controlPlane.api.makeNamespace(name, labels));
}

/** The codes in brackets of what shimgate says. */
export function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/\[([A-Z][A-Za-z]+)\]/g)].map(([, code = '']) => code);
}

function podsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}
