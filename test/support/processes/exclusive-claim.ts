import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something that at most one process of this machine has at a time. The kernel gives it back when the holder dies. */
export type Claim = {
  readonly release: () => Promise<void>;
};

const retryMs = 500;

/** Waits until a name is free, and claims it. @param onWait called once, where somebody else has it @throws Error as {@link tryClaim} does */
export async function claimWhenFree(name: string, onWait?: () => void): Promise<Claim> {
  for (let isFirst = true; ; isFirst = false) {
    const claim = await tryClaim(name);
    if (claim !== undefined) return claim;
    if (isFirst) onWait?.();
    await sleep(retryMs);
  }
}

/**
 * Claims a name for this process, by listening on a Unix socket of Linux's abstract namespace.
 *
 * A lock file would outlive a killed holder, and every way to tell a stale one from a live one has a race. An abstract
 * socket has no file: the kernel frees the name with the process. Its scope is the network namespace, which is also the
 * scope of the loopback addresses that are claimed with it.
 *
 * @param name What to claim; 100 bytes at most.
 * @returns The claim, or undefined where another process (or this one) holds that name.
 * @throws Error for anything else that keeps the socket from listening.
 */
export function tryClaim(name: string): Promise<Claim | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        resolve(undefined);
      } else {
        reject(new Error(`Cannot claim "${name}": ${error.message}`, { cause: error }));
      }
    });
    server.listen(`\0${name}`, () => {
      // A claim alone is no reason to keep the process alive.
      server.unref();
      resolve({
        release: () =>
          new Promise((released) =>
            server.close(() => {
              released();
            }),
          ),
      });
    });
  });
}
