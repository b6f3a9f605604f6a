import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Load, LoadOrder, LoadResult } from './load.ts';

/** The load, in a process of its own on this process's core. Connections stay open between the times that they are driven. */
export class LoadProcess {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'load.ts'));

  async open(name: string, load: Load): Promise<void> {
    await this.#ask({ kind: 'open', name, load });
  }

  /** @throws where a request was not answered as the first one was, or the load ended otherwise */
  async drive(name: string, ms: number): Promise<LoadResult> {
    return (await this.#ask({ kind: 'drive', name, ms })) as LoadResult;
  }

  async #ask(order: LoadOrder): Promise<unknown> {
    this.#child.send(order);
    const abort = new AbortController();
    const { signal } = abort;
    const ended = once(this.#child, 'exit', { signal }).then(() => {
      throw new Error('the load failed; its last words stand above');
    });
    try {
      const [result] = (await Promise.race([once(this.#child, 'message', { signal }), ended])) as [unknown];
      return result;
    } finally {
      ended.catch(() => undefined);
      abort.abort();
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}
