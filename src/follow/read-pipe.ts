import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** As large as a pipe is by default: more can never be there at once. */
const pieceBytes = 64 * 1024;

/** How long is waited for what a pipe does not have yet: ever longer, while nothing comes. */
const [shortestWaitMs, longestWaitMs] = [1, 50];

/** A pipe that was open before this program began, as a shell's `<(command)` is: its writer has been there. */
const inherited = /^\/(?:dev\/fd|proc\/(?:self|\d+)\/fd)\/\d+$/;

/** Whether a file is a named pipe. @throws Error with a code, such as ENOENT */
export async function isPipe(file: string): Promise<boolean> {
  return (await stat(file)).isFIFO();
}

/**
 * Reads a pipe to its end, piece by piece. It is never opened so that this would wait: no read of a pipe without a writer
 * could be ended, and the program with it.
 *
 * @param signal ends the wait for a writer
 */
export async function* streamPipe(
  file: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK || 0));
  try {
    let hadWriter = inherited.test(file);
    let waitMs = shortestWaitMs;
    while (signal?.aborted !== true) {
      const buffer = Buffer.allocUnsafe(pieceBytes);
      const length = await readNow(handle, buffer);
      if (length === 0 && hadWriter) return;
      if (length !== 0) hadWriter = true;
      if (length !== undefined && length > 0) {
        waitMs = shortestWaitMs;
        yield buffer.subarray(0, length);
        continue;
      }
      await sleep(waitMs, undefined, { ...(signal && { signal }) }).catch(() => undefined);
      waitMs = Math.min(longestWaitMs, 2 * waitMs);
    }
  } finally {
    await handle.close();
  }
}

type Handle = Awaited<ReturnType<typeof open>>;

/** @returns 0 where nobody writes to the pipe, undefined where somebody does and nothing is there yet */
async function readNow(handle: Handle, buffer: Buffer): Promise<number | undefined> {
  try {
    return (await handle.read(buffer, 0, buffer.length, null)).bytesRead;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}
