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
  const opened: { readonly path: string; readonly mode: number }[] = [];
  try {
    for (let path = directory; path !== dirname(path); path = dirname(path)) {
      const { mode } = await stat(path);
      // Its group stays root's.
      if ((mode & 0o11) === 0o11) continue;
      await chmod(path, mode | 0o11);
      opened.push({ path, mode });
    }
    process.seteuid?.(nobody);
    return await act();
  } finally {
    process.seteuid?.(0);
    for (const { path, mode } of opened) await chmod(path, mode);
  }
}
