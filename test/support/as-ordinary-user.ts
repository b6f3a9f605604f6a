import { chmod, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const nobody = 65534;

/**
 * Does something as a user who is not root, where this process is: root may read everything.
 *
 * @param directory which that user is let come to; what may be read in it is left as it is
 */
export async function asOrdinaryUser<T>(directory: string, act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  for (let above = directory; above !== dirname(above); above = dirname(above)) {
    const { mode } = await stat(above);
    // Its group stays root's.
    if ((mode & 0o11) !== 0o11) await chmod(above, mode | 0o11);
  }
  process.seteuid?.(nobody);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}
