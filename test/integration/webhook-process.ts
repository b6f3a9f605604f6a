import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One line of the webhook's log. */
export type LogEntry = { readonly level: string; readonly msg?: string } & Readonly<Record<string, unknown>>;

export type Exit = { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null };

const program = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

/** Longer than anything takes that a test waits for, and shorter than it takes to look at files without being told. */
const waitMs = 8_000;

/** `shimgate serve` as a process of its own, and what it writes. */
export class WebhookProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<Exit>;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<() => void>();
  #stderr = '';

  /**
   * @param args what stands behind `shimgate`
   * @param nodeFlags flags of Node itself
   * @param node the Node that it runs under
   */
  constructor(
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
    nodeFlags: readonly string[] = [],
    node = process.execPath,
  ) {
    if (!existsSync(program)) throw new Error('dist/main.js is not there: run `npm run build` first');
    this.#child = spawn(node, [...nodeFlags, program, ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('the process has no output');
    createInterface({ input: stdout }).on('line', (line) => {
      this.#lines.push(line);
      for (const look of this.#watchers) look();
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#exit = new Promise((resolve) => {
      this.#child.once('close', (exitCode, signal) => {
        resolve({ exitCode, signal });
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the process did not start');
    return this.#child.pid;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Every line so far. @throws SyntaxError where one is not JSON */
  get log(): readonly LogEntry[] {
    return this.#lines.map((line) => JSON.parse(line) as LogEntry);
  }

  /** All that it wrote, for a person who looks for what went wrong. */
  get output(): string {
    return [...this.#lines, this.#stderr].join('\n');
  }

  /** Waits for the first entry with this message, and of those for one that is wanted. */
  async logged(message: string, isWanted: (entry: LogEntry) => boolean = () => true): Promise<LogEntry> {
    const found = () => this.log.find((entry) => entry.msg === message && isWanted(entry));
    let watcher: (() => void) | undefined;
    const entry = await this.#within(
      `log "${message}"`,
      new Promise<LogEntry>((resolve, reject) => {
        watcher = () => {
          const one = found();
          if (one !== undefined) resolve(one);
        };
        this.#watchers.add(watcher);
        watcher();
        void this.#exit.then(({ exitCode }) => {
          reject(new Error(`it ended with code ${String(exitCode)} before it logged "${message}"\n${this.output}`));
        });
      }),
    ).finally(() => {
      if (watcher !== undefined) this.#watchers.delete(watcher);
    });
    return entry;
  }

  /** Waits for the end. */
  async exited(): Promise<Exit> {
    return this.#within('end', this.#exit);
  }

  /** Asks it to end, by its pid, and waits until it has; one that does not is killed, and that is an error. */
  async stop(): Promise<Exit> {
    this.signal('SIGTERM');
    return this.exited().catch(async (error: unknown) => {
      this.signal('SIGKILL');
      await this.#exit;
      throw error;
    });
  }

  /** Has no effect on a process that has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) process.kill(this.pid, signal);
  }

  async #within<T>(what: string, promise: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the webhook did not ${what} within ${waitMs} ms\n${this.output}`));
      }, waitMs);
    });
    return Promise.race([promise, late]).finally(() => {
      clearTimeout(timer);
    });
  }
}
