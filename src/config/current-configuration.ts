import type { Configuration } from './configuration.ts';
import { readConfiguration } from './read-configuration.ts';
import type { LocatedFinding } from '../finding/located-finding.ts';

/** How a change ended. A refused one leaves the configuration in force that was. */
export type Reload =
  | { readonly result: 'success'; readonly findings: readonly LocatedFinding[] }
  | { readonly result: 'failure'; readonly findings: readonly LocatedFinding[]; readonly error?: string };

/** For so long after a change, what was written by the configuration before is not held to be wrong. */
const recentMs = 5 * 60_000;

/** The configuration in force, and those just before it. An invalid text never replaces a valid configuration. */
export class CurrentConfiguration {
  readonly #name: string;
  #text: string | undefined;
  #isLost = false;
  #configuration: Configuration | undefined;
  #recent: readonly { readonly configuration: Configuration; readonly since: number }[] = [];

  /** @param name how findings call the text: a file name, or a ConfigMap's name */
  constructor(name: string) {
    this.#name = name;
  }

  /** Undefined until the first valid text. */
  get current(): Configuration | undefined {
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

  /** Takes in a text. @returns undefined where it is the one that was offered last */
  offer(bytes: Uint8Array): Reload | undefined {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    if (text === this.#text) return undefined;
    this.#text = text;
    this.#isLost = false;
    const { configuration, findings } = readConfiguration(bytes, this.#name);
    if (configuration === undefined) return { result: 'failure', findings };
    if (this.#configuration !== undefined) {
      this.#recent = [{ configuration: this.#configuration, since: Date.now() }, ...this.#recent];
    }
    this.#configuration = configuration;
    return { result: 'success', findings };
  }

  /** Notes that there is no text to be had. @returns undefined where that was said before */
  lose(error: string): Reload | undefined {
    if (this.#isLost) return undefined;
    this.#isLost = true;
    this.#text = undefined;
    return { result: 'failure', findings: [], error };
  }
}
