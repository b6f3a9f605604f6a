import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Writes a file that is made from others; with --check, fails where it is not what would be written. @param command what writes it */
export async function writeOrCheck(file: string, text: string, command: string): Promise<void> {
  if (!process.argv.includes('--check')) {
    await writeFile(file, text);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${relative(root, file)} is not what its sources say: run ${command}.`);
    process.exitCode = 1;
  }
}
