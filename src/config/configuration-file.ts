import { readFile } from 'node:fs/promises';
import type { Configuration } from './configuration.ts';
import { FileWatcher } from './file-watcher.ts';
import { readConfiguration, type LocatedFinding } from './read-configuration.ts';

/** How a change of the file ended. A refused one leaves the configuration in force that was. */
export type Reload =
  | { readonly result: 'success'; readonly findings: readonly LocatedFinding[] }
  | { readonly result: 'failure'; readonly findings: readonly LocatedFinding[]; readonly error?: string };

/** For so long after a change, what was written by the configuration before is not held to be wrong. */
const recentMs = 5 * 60_000;

/** A configuration that follows its file. An invalid file never replaces a valid configuration. */
export class ConfigurationFile {
  readonly #file: string;
  readonly #onReload: (reload: Reload) => void;
  #text = '';
  #configuration: Configuration;
  #recent: readonly { readonly configuration: Configuration; readonly since: number }[] = [];
  #watcher: FileWatcher | undefined;
  #reading: Promise<void> | undefined;

  private constructor(file: string, text: string, configuration: Configuration, onReload: (reload: Reload) => void) {
    this.#file = file;
    this.#text = text;
    this.#configuration = configuration;
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
    const bytes = await readFile(file);
    const { configuration, findings } = readConfiguration(bytes, file);
    if (configuration === undefined) return { findings };
    const opened = new ConfigurationFile(file, bytes.toString('latin1'), configuration, onReload);
    opened.#watcher = new FileWatcher([file], () => void opened.#reload());
    return { opened, findings };
  }

  get current(): Configuration {
    return this.#configuration;
  }

  /** Configurations that were in force until five minutes ago, newest first. */
  get recent(): readonly Configuration[] {
    if (this.#recent.length === 0) return [];
    const oldest = Date.now() - recentMs;
    if (this.#recent.some(({ since }) => since < oldest)) {
      this.#recent = this.#recent.filter(({ since }) => since >= oldest);
    }
    return this.#recent.map(({ configuration }) => configuration);
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
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#file);
    } catch (error) {
      if (this.#text === '') return;
      this.#text = '';
      this.#onReload({
        result: 'failure',
        findings: [],
        error: error instanceof Error ? error.message : String(error),
      });
      return;
    }
    const text = bytes.toString('latin1');
    if (text === this.#text) return;
    this.#text = text;
    const { configuration, findings } = readConfiguration(bytes, this.#file);
    if (configuration === undefined) {
      this.#onReload({ result: 'failure', findings });
      return;
    }
    this.#recent = [{ configuration: this.#configuration, since: Date.now() }, ...this.#recent];
    this.#configuration = configuration;
    this.#onReload({ result: 'success', findings });
  }
}
