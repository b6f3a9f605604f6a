import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { askHealth, type HealthEndpoint } from './health.ts';

/** What it takes to run one program of the control plane. */
export type ComponentSpec = {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Standard output and error are appended to this file. */
  readonly logFile: string;
  /** All of these must answer 200 before the component counts as ready. */
  readonly health: readonly HealthEndpoint[];
};

const pollIntervalMs = 25;
const shownLogLines = 40;

/** One program of the control plane, over its starts and stops. */
export class Component {
  readonly #spec: ComponentSpec;
  #child: ChildProcess | undefined;
  #crash: string | undefined;

  constructor(spec: ComponentSpec) {
    this.#spec = spec;
  }

  get name(): string {
    return this.#spec.name;
  }

  /** How it ended, where nobody asked it to; undefined otherwise. */
  get crash(): string | undefined {
    return this.#crash;
  }

  /**
   * Starts the program and waits until it is healthy. Does nothing where it runs.
   *
   * @param timeoutMs How long that may take, in milliseconds.
   * @throws Error where it ends or is not healthy in time, with the end of its log.
   */
  async start(timeoutMs: number): Promise<void> {
    if (this.#child !== undefined) {
      return;
    }
    const child = this.#spawn();
    const deadline = Date.now() + timeoutMs;
    for (const endpoint of this.#spec.health) {
      for (let problem = await askHealth(endpoint); problem !== undefined; problem = await askHealth(endpoint)) {
        if (!this.#isCurrent(child)) {
          throw new Error(`${this.name} ${this.#crash ?? 'was stopped'} before it was ready.\n${this.#logTail()}`);
        }
        if (Date.now() > deadline) {
          throw new Error(`${this.name} was not ready within ${timeoutMs} ms: ${problem}.\n${this.#logTail()}`);
        }
        await sleep(pollIntervalMs);
      }
    }
  }

  /**
   * Ends the program and waits until it is gone. Does nothing where it does not run.
   *
   * @param signal SIGTERM lets it finish what it does; SIGKILL does not.
   * @param timeoutMs After this many milliseconds SIGKILL follows.
   */
  async stop(signal: 'SIGTERM' | 'SIGKILL', timeoutMs: number): Promise<void> {
    const child = this.#child;
    if (child === undefined) {
      return;
    }
    this.#child = undefined;
    child.ref();
    const exited = once(child, 'exit');
    child.kill(signal);
    // A paused program gets SIGTERM only once it goes on.
    child.kill('SIGCONT');
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await exited;
    clearTimeout(timer);
  }

  /** Stops the program in its tracks (SIGSTOP): connections stay open, nothing is answered. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** Lets a paused program go on. */
  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** All that the program has logged, over all its starts. */
  log(): string {
    return existsSync(this.#spec.logFile) ? readFileSync(this.#spec.logFile, 'utf8') : '';
  }

  #spawn(): ChildProcess {
    const log = openSync(this.#spec.logFile, 'a', 0o600);
    const child = spawn(this.#spec.file, this.#spec.args, {
      // Of its own session: a Ctrl-C in the terminal is for us to act on, not for etcd.
      detached: true,
      env: this.#spec.env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const ended = (how: string): void => {
      if (this.#child === child) {
        this.#child = undefined;
        this.#crash = how;
      }
    };
    child.once('error', (error) => {
      ended(`could not be started (${error.message})`);
    });
    child.once('exit', (code, signal) => {
      ended(signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
    });
    // Whoever forgets to stop a cluster must not hang at their end; the process guard then ends what is left.
    child.unref();
    this.#child = child;
    return child;
  }

  #isCurrent(child: ChildProcess): boolean {
    return this.#child === child;
  }

  #logTail(): string {
    const tail = this.log().trimEnd().split('\n').slice(-shownLogLines).join('\n');
    return `The end of ${this.#spec.logFile}:\n${tail}`;
  }
}
