import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar, type TarEntry } from './tar.ts';

/** The folder that a release is written into: files, and in the end the digests of all of them. */
export class ReleaseFolder {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes it anew: what an earlier release left is gone. */
  static async make(directory: string): Promise<ReleaseFolder> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    return new ReleaseFolder(directory);
  }

  /** @returns the SHA-256 of what was written, in hex */
  async write(name: string, content: string | Buffer): Promise<string> {
    await writeFile(path.join(this.directory, name), content);
    return digestOf(content);
  }

  /** Writes a .tar.gz: the same bytes for the same entries, whenever and wherever. @returns its SHA-256 */
  writeArchive(name: string, entries: readonly TarEntry[]): Promise<string> {
    return this.write(name, gzipSync(packTar(entries), { level: 9 }));
  }

  /** Writes sha256sums, as `sha256sum --check` reads it. */
  async writeDigests(): Promise<void> {
    const names = (await readdir(this.directory)).toSorted();
    const lines: string[] = [];
    for (const name of names) lines.push(`${digestOf(await readFile(path.join(this.directory, name)))}  ${name}\n`);
    await this.write('sha256sums.txt', lines.join(''));
  }
}

function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
