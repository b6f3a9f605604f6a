import { isDeepStrictEqual } from 'node:util';
import { FileWatcher } from './file-watcher.ts';

/** Something that is read from files, and follows them. What cannot be used never replaces what can. */
export class FollowedFiles<T> {
  readonly #files: readonly string[];
  readonly #read: () => Promise<T>;
  #current: T;
  #watcher: FileWatcher | undefined;
  #isReading = false;
  #isDirty = false;

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

  /**
   * Follows changes of the files, from what `open` has read on.
   *
   * @param onRefused called with the reason where what is there now cannot be used
   * @param onRecovered called where what is there after that is what was in use all the time
   */
  watch(onChange: (current: T) => void, onRefused: (reason: string) => void, onRecovered?: () => void): void {
    let lastRefusal = '';
    const take = (read: T) => {
      const hasRecovered = lastRefusal !== '';
      lastRefusal = '';
      if (!isDeepStrictEqual(read, this.#current)) {
        this.#current = read;
        onChange(read);
      } else if (hasRecovered) {
        onRecovered?.();
      }
    };
    const refuse = (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== lastRefusal) onRefused(reason);
      lastRefusal = reason;
    };
    const look = () => {
      void this.#readUntilClean(take, refuse);
    };
    this.#watcher = new FileWatcher(this.#files, look);
    // They may have changed before they were watched.
    look();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /**
   * One reading at a time, so that an older one never comes last. A change that comes while one is under way leads to one more
   * after it.
   */
  async #readUntilClean(take: (read: T) => void, refuse: (error: unknown) => void): Promise<void> {
    this.#isDirty = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#isDirty && this.#watcher !== undefined) {
      this.#isDirty = false;
      const settled = await this.#read().then(
        (read) => () => {
          take(read);
        },
        (error: unknown) => () => {
          refuse(error);
        },
      );
      if (this.#isWatched()) settled();
    }
    this.#isReading = false;
  }

  #isWatched(): boolean {
    return this.#watcher !== undefined;
  }
}
