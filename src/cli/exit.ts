/**
 * Exit codes of every command: 0 fine, 1 something was denied or found, 2 usage, configuration or I/O error; and as
 * shells have it, 130 for one that Ctrl-C ended.
 */
export const exitCodes = { fine: 0, found: 1, failed: 2, interrupted: 130 } as const;

/** Ends a command with exit code 2; the message says what to do and is all that the user sees. */
export class CommandError extends Error {}
