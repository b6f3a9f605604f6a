import { Session } from 'node:inspector/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const source = pathToFileURL(path.join(import.meta.dirname, '../../src')).href;

/**
 * Which blocks of src were run, as V8 itself counts them: no instrumentation of ours, and the code that runs is the code
 * that is shipped.
 *
 * Source: Chrome DevTools Protocol, Profiler.takePreciseCoverage, whose counts begin anew with each take.
 */
export class Coverage {
  readonly #session = new Session();

  private constructor() {
    this.#session.connect();
  }

  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    await coverage.#session.post('Profiler.enable');
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  /** The blocks that ran since this was last asked. */
  async take(): Promise<ReadonlySet<string>> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    const ran = new Set<string>();
    for (const { url, functions } of result) {
      if (!url.startsWith(source)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) ran.add(`${url}:${startOffset}-${endOffset}`);
        }
      }
    }
    return ran;
  }

  stop(): void {
    this.#session.disconnect();
  }
}
