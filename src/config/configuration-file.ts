import type { Configuration } from './configuration.ts';
import { CurrentConfiguration, type Reload } from './current-configuration.ts';
import { FileWatcher } from '../follow/file-watcher.ts';
import { maxSettingsBytes, readBoundedFile } from '../follow/read-file.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';

/** A configuration that follows its file. An invalid file never replaces a valid configuration. */
export class ConfigurationFile {
  readonly #file: string;
  readonly #held: CurrentConfiguration;
  readonly #onReload: (reload: Reload) => void;
  #current: Configuration;
  #watcher: FileWatcher | undefined;
  #reading: Promise<void> | undefined;

  private constructor(
    file: string,
    held: CurrentConfiguration,
    current: Configuration,
    onReload: (reload: Reload) => void,
  ) {
    this.#file = file;
    this.#held = held;
    this.#current = current;
    this.#onReload = onReload;
  }

  /**
   * Reads the file and follows its changes.
   *
   * @returns the findings where the file is no valid configuration
   * @throws where the file cannot be read
   */
  static async open(
    file: string,
    onReload: (reload: Reload) => void,
  ): Promise<{ readonly opened?: ConfigurationFile; readonly findings: readonly LocatedFinding[] }> {
    const held = new CurrentConfiguration(file);
    const findings = held.offer(await readBoundedFile(file, maxSettingsBytes))?.findings ?? [];
    if (held.current === undefined) return { findings };
    const opened = new ConfigurationFile(file, held, held.current, onReload);
    opened.#watcher = new FileWatcher([file], () => void opened.#reload());
    return { opened, findings };
  }

  get current(): Configuration {
    return this.#current;
  }

  /** Configurations that were in force until five minutes ago, newest first. */
  get recent(): readonly Configuration[] {
    return this.#held.recent;
  }

  close(): void {
    this.#watcher?.close();
  }

  /** One reading at a time: events that come while one is under way lead to one more after it. */
  async #reload(): Promise<void> {
    const before = this.#reading;
    this.#reading = (async () => {
      await before;
      await this.#read();
    })();
    await this.#reading;
  }

  async #read(): Promise<void> {
    let reload: Reload | undefined;
    try {
      reload = this.#held.offer(await readBoundedFile(this.#file, maxSettingsBytes));
    } catch (error) {
      reload = this.#held.lose(error instanceof Error ? error.message : String(error));
    }
    this.#current = this.#held.current ?? this.#current;
    if (reload !== undefined) this.#onReload(reload);
  }
}
