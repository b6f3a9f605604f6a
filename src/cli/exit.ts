/** Exit codes of every command: 0 fine, 1 something was denied or found, 2 usage, configuration or I/O error. */
export const exitCodes = { fine: 0, found: 1, failed: 2 } as const;

/** Ends a command with exit code 2; the message says what to do and is all that the user sees. */
export class CommandError extends Error {}
