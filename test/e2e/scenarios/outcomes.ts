import type { ProgramResult } from '../../support/processes/run-program.ts';

/** What kubectl shows when it did what it was asked to, and what it was told to pass on. */
export function done(stdout: readonly string[], warnings: readonly string[] = []): ProgramResult {
  return { exitCode: 0, stdout: lines(stdout), stderr: lines(warnings.map((warning) => `Warning: ${warning}`)) };
}

/** What kubectl shows when the API server refused. */
export function refused(...stderr: readonly string[]): ProgramResult {
  return { exitCode: 1, stdout: '', stderr: lines(stderr) };
}

/** How kubectl begins to show what shimgate's webhook for pods says of a manifest that came by standard input. */
export const deniedFromStdin =
  'Error from server (Forbidden): error when creating "STDIN": admission webhook "pods.shimgate.dev" denied the request: ';

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
