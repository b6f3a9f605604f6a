import type { LocatedFinding } from '../finding/located-finding.ts';
import { FollowedFiles } from '../follow/followed-files.ts';
import type { Follower, ReadinessCheck } from '../follow/follower.ts';
import { maxSettingsBytes, readBoundedFile } from '../follow/read-file.ts';
import type { Configuration } from './configuration.ts';
import { CurrentConfiguration, type Reload } from './current-configuration.ts';

/** A configuration that follows its file. An invalid file never replaces a valid configuration. */
export class ConfigurationFile implements Follower {
  readonly checks: readonly ReadinessCheck[] = [{ name: 'configuration', failure: () => undefined }];
  readonly #files: FollowedFiles<Buffer>;
  readonly #held: CurrentConfiguration;
  #current: Configuration;

  private constructor(
    files: FollowedFiles<Buffer>,
    held: CurrentConfiguration,
    current: Configuration,
    onReload: (reload: Reload) => void,
  ) {
    this.#files = files;
    this.#held = held;
    this.#current = current;
    const take = (reload: Reload | undefined) => {
      this.#current = held.current ?? this.#current;
      if (reload !== undefined) onReload(reload);
    };
    const offer = () => {
      take(held.offer(files.current));
    };
    const lose = (reason: string) => {
      take(held.lose(reason));
    };
    files.watch(offer, lose, offer);
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
    const files = await FollowedFiles.open([file], () => readBoundedFile(file, maxSettingsBytes));
    const held = new CurrentConfiguration(file);
    const findings = held.offer(files.current)?.findings ?? [];
    if (held.current === undefined) return { findings };
    return { opened: new ConfigurationFile(files, held, held.current, onReload), findings };
  }

  get current(): Configuration {
    return this.#current;
  }

  /** Configurations that were in force until five minutes ago, newest first. */
  get recent(): readonly Configuration[] {
    return this.#held.recent;
  }

  caches(): readonly [] {
    return [];
  }

  close(): void {
    this.#files.close();
  }
}
