import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Writable } from 'node:stream';

import { runMarker } from './marked-processes.ts';

/**
 * Ends a run's processes when this process ends, whatever ends it: return, exception, a signal, SIGKILL.
 *
 * The guard is a small process of its own session that reads from a pipe whose other end only this process holds. When this
 * process is gone, the kernel closes the pipe, and the guard kills everything that carries the run's marker.
 */
export class ProcessGuard {
  readonly runId: string;
  readonly #child: ChildProcess;
  readonly #pipe: Writable;

  private constructor(runId: string, child: ChildProcess, pipe: Writable) {
    this.runId = runId;
    this.#child = child;
    this.#pipe = pipe;
  }

  /**
   * Starts a guard. Start it before the first process that it is to guard.
   *
   * @param runId The run's identity; unique on this machine.
   * @param removeOnDeath Files and folders that the guard removes when this process died: data and credentials, not logs.
   * @throws Error where the guard cannot be started.
   */
  static async start(runId: string, removeOnDeath: readonly string[] = []): Promise<ProcessGuard> {
    const program = path.join(import.meta.dirname, 'process-guard-main.ts');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, runId, ...removeOnDeath], {
      // Of its own session: a Ctrl-C in the terminal goes to the whole foreground group and would take the guard along.
      detached: true,
      // Nothing else of ours: NODE_OPTIONS of a test runner would load its hooks into the guard, and the marker would make
      // the guard kill itself.
      env: { PATH: process.env['PATH'] },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // It says when it listens: from then on nothing is left behind.
    await Promise.race([once(child.stdout, 'data'), failedToStart(child)]);
    child.stdout.destroy();
    child.unref();
    child.stdin.on('error', () => undefined);
    return new ProcessGuard(runId, child, child.stdin);
  }

  /** What to add to the environment of every process of the run, so that the guard knows it. */
  get environment(): Readonly<Record<string, string>> {
    return { [runMarker]: this.runId };
  }

  /** Sends the guard away, once everything it guarded has been ended in the ordinary way. */
  async release(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return;
    }
    this.#child.ref();
    const exited = once(this.#child, 'exit');
    this.#pipe.end('released\n');
    await exited;
  }
}

function failedToStart(child: ChildProcess): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(
        new Error(
          `The process guard ended at its start with code ${code}. It is TypeScript, and runs on the Node.js that runs ` +
            `this (${process.version}), which must be 22.19 or newer.`,
        ),
      );
    });
  });
}
