import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Cluster } from '../../support/cluster/cluster.ts';

/** The built program. */
export const program = path.join(import.meta.dirname, '..', '..', '..', 'dist', 'main.js');

/** The agent of a node, as its pod would run it: the built program, with a token of its own. */
export class NodeAgentProcess {
  readonly #child: ChildProcess;
  #log = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk.toString();
      });
  }

  /** @param root where the node's files lie @param kubeconfig of the agent's token */
  static start(cluster: Cluster, root: string, kubeconfig: string, args: readonly string[] = []): NodeAgentProcess {
    const started = [program, 'node', `--root=${root}`, `--kubeconfig=${kubeconfig}`, ...args];
    return new NodeAgentProcess(
      spawn(process.execPath, started, { env: cluster.env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  get log(): string {
    return this.#log;
  }

  /** Ends it as a kubelet does. @returns its exit code */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGTERM');
      await closed;
    }
    return this.#child.exitCode;
  }
}
