import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/** Events of one change come in bursts; the files are looked at once they have been quiet for so long. */
const quietMs = 50;

/** A safety net for file systems that tell of no changes. */
const pollMs = 10_000;

/**
 * Tells when files may have changed. It watches their directories, not the files: editors and the kubelet replace a file
 * (the kubelet by swapping the symlink `..data` beside it), after which a watch on the old file hears nothing more.
 */
export class FileWatcher {
  readonly #watchers: readonly FSWatcher[];
  readonly #poll: NodeJS.Timeout;
  #quiet: NodeJS.Timeout | undefined;

  /** @param onChange called after events and every ten seconds; whoever listens compares contents */
  constructor(files: readonly string[], onChange: () => void) {
    const directories = new Set(files.map((file) => dirname(file)));
    this.#watchers = [...directories].flatMap((directory) => {
      let watcher: FSWatcher;
      try {
        watcher = watch(directory, { persistent: false }, () => {
          clearTimeout(this.#quiet);
          this.#quiet = setTimeout(onChange, quietMs);
        });
      } catch {
        // The machine may have no more watches to give: then the poll finds changes alone, only later.
        return [];
      }
      // A directory that goes away is found by the poll, which reports the missing file.
      watcher.on('error', () => {
        watcher.close();
      });
      return watcher;
    });
    this.#poll = setInterval(onChange, pollMs).unref();
  }

  close(): void {
    clearTimeout(this.#quiet);
    clearInterval(this.#poll);
    for (const watcher of this.#watchers) watcher.close();
  }
}
