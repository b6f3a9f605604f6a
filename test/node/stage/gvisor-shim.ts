import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Puts a shim of gVisor's name into a folder that comes first on containerd's PATH, which starts the real one in a user
 * namespace with nearly all ids mapped to themselves. gVisor's shim lowers its OOM score, which takes CAP_SYS_RESOURCE, and
 * forgives that it may not only there; a container of this kind of machine lacks that capability.
 *
 * @param directory the folder
 * @param shim the real one
 */
export async function writeGvisorShim(directory: string, shim: string): Promise<void> {
  const starter = path.join(import.meta.dirname, 'in-user-namespace.py');
  const script = `#!/bin/sh\nexec python3 ${starter} ${shim} "$@"\n`;
  await writeFile(path.join(directory, 'containerd-shim-runsc-v1'), script, { mode: 0o755 });
}
