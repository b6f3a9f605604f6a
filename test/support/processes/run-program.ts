import { spawn } from 'node:child_process';

export type ProgramResult = {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code; a program that a signal ended has 128 and the signal's number, as in a shell. */
  readonly exitCode: number;
};

export type ProgramOptions = {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written to standard input, which is closed after it; without it the program reads an empty input. */
  readonly input?: string;
  /** After this many milliseconds the program is killed and the promise rejects; 0 waits for ever. */
  readonly timeoutMs?: number;
  /** Called with each piece of standard error as it comes, besides being collected. */
  readonly onStderr?: (text: string) => void;
};

const defaultTimeoutMs = 60_000;
const signalNumbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
};

/**
 * Runs a program to its end, without a shell, and collects what it wrote.
 *
 * @param file The program's path, or a name to look up in PATH.
 * @param args Its arguments, passed on as they are.
 * @returns Output and exit code. A code other than 0 is a result, not an exception: tests look at refusals.
 * @throws Error where the program cannot be started or outlives `timeoutMs`; the message has its output so far.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    const timer =
      timeoutMs === 0
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGKILL');
          }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onStderr?.(text);
    });
    // A program that exits without reading its input breaks the pipe; its exit code tells what there is to tell.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`Cannot start ${file}: ${error.message}`, { cause: error }));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (timedOut) {
        reject(new Error(`${file} ${args.join(' ')} did not end within ${timeoutMs} ms.\n${stdout}${stderr}`));
        return;
      }
      const signalCode = signal === null ? 0 : 128 + (signalNumbers[signal] ?? 0);
      resolve({ stdout, stderr, exitCode: code ?? signalCode });
    });
  });
}
