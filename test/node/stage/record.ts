import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Names the folder into which a run of the matrix has written what its tests saw. */
export const recordVariable = 'SHIMGATE_NODE_RECORD';

/** Keeps what tests saw, where they run for the matrix. @param part names the file */
export async function record(part: string, seen: object): Promise<void> {
  const folder = process.env[recordVariable];
  if (folder !== undefined) await writeFile(path.join(folder, `${part}.json`), JSON.stringify(seen));
}
