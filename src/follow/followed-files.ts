import { isDeepStrictEqual } from 'node:util';
import { FileWatcher } from './file-watcher.ts';

/** Something that is read from files, and follows them. What cannot be used never replaces what can. */
export class FollowedFiles<T> {
  readonly #files: readonly string[];
  readonly #read: () => Promise<T>;
  #current: T;
  #watcher: FileWatcher | undefined;

  private constructor(files: readonly string[], read: () => Promise<T>, current: T) {
    this.#files = files;
    this.#read = read;
    this.#current = current;
  }

  /** @param read reads the files, and throws where they cannot be used @throws what `read` throws */
  static async open<T>(files: readonly string[], read: () => Promise<T>): Promise<FollowedFiles<T>> {
    return new FollowedFiles(files, read, await read());
  }

  get current(): T {
    return this.#current;
  }

  /** Follows changes of the files. @param onRefused called with the reason where what is there now cannot be used */
  watch(onChange: (current: T) => void, onRefused: (reason: string) => void): void {
    let lastRefusal = '';
    this.#watcher = new FileWatcher(this.#files, () => {
      this.#read().then(
        (read) => {
          lastRefusal = '';
          if (isDeepStrictEqual(read, this.#current)) return;
          this.#current = read;
          onChange(read);
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          if (reason !== lastRefusal) onRefused(reason);
          lastRefusal = reason;
        },
      );
    });
  }

  close(): void {
    this.#watcher?.close();
  }
}
