import { writeFile } from 'node:fs/promises';
import path from 'node:path';

const content = '[runsc_config]\n  platform = "systrap"\n  network = "host"\n';

/** Writes a configuration of gVisor's shim, as `ConfigPath` of a runtime's options names one. @returns its path */
export async function writeGvisorConfig(directory: string): Promise<string> {
  const file = path.join(directory, 'runsc.toml');
  await writeFile(file, content);
  return file;
}
