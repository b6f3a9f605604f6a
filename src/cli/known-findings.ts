import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { AuditFinding } from '../audit/audit-finding.ts';
import type { AuditReport, AuditSource } from '../audit/audit.ts';
import { Baseline, BaselineMaker, type PlacedEntry } from '../audit/baseline.ts';
import { readDocument } from '../config/read-document.ts';
import { readBoundedFile } from '../follow/read-file.ts';
import { validateAuditBaseline } from '../generated/validate-baseline.ts';
import { printableYaml } from '../text/printable.ts';
import { CommandError } from './exit.ts';
import { writeError, writeFindings, writeLines } from './output.ts';

/** Some hundred thousand entries. */
const maxBaselineBytes = 64 * 1024 * 1024;

/** So many entries of a kind are named. */
const maxNamed = 5;

type Files = { readonly baseline?: string; readonly writeBaseline?: string };

/** What an audit does with `--baseline` and `--write-baseline`. */
export class KnownFindings {
  readonly #files: Files;
  readonly #baseline: Baseline | undefined;
  readonly #maker: BaselineMaker | undefined;

  private constructor(files: Files, baseline: Baseline | undefined) {
    this.#files = files;
    this.#baseline = baseline;
    this.#maker = files.writeBaseline === undefined ? undefined : new BaselineMaker();
  }

  /** @param now in milliseconds since the epoch @throws CommandError where the baseline cannot be used */
  static async open(files: Files, now: number): Promise<KnownFindings> {
    const { baseline } = files;
    return new KnownFindings(files, baseline === undefined ? undefined : await readBaseline(baseline, now));
  }

  /** Whether a finding counts, as one that is not known. */
  readonly counts = (found: AuditFinding): boolean => {
    this.#maker?.add(found);
    return this.#baseline?.covers(found) !== true;
  };

  /**
   * Tells people what the baseline did, and writes the new one. Of a part of what there is no baseline is made.
   *
   * @returns whether one was written
   * @throws CommandError where it cannot be written
   */
  async end({ isWhole, isInterrupted }: AuditReport, source: AuditSource): Promise<boolean> {
    const { baseline, writeBaseline: target } = this.#files;
    if (baseline !== undefined && this.#baseline !== undefined) tellOfBaseline(baseline, this.#baseline, isWhole);
    if (target === undefined || this.#maker === undefined) return false;
    if (isInterrupted || source.hasFailed()) {
      writeError('warning', `not everything could be read: ${target} is not written`);
      return false;
    }
    await writeBaseline(target, this.#maker, this.#baseline);
    return true;
  }
}

/**
 * Reads the baseline that an audit is compared with.
 *
 * @param now in milliseconds since the epoch
 * @throws CommandError where it cannot be read, or is none
 */
async function readBaseline(file: string, now: number): Promise<Baseline> {
  let bytes: Buffer;
  try {
    bytes = await readBoundedFile(file, maxBaselineBytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot read the baseline: ${reason}; --write-baseline makes one`);
  }
  const reading = readDocument(bytes, file, validateAuditBaseline);
  if (reading.value === undefined) {
    writeFindings(reading.findings);
    throw new CommandError(`the baseline ${file} is not valid`);
  }
  const { value, document } = reading;
  const entries = value.findings.map((entry, index) => ({
    ...entry,
    line: document.positionOf(['findings', index]).line,
  }));
  return new Baseline(entries, now);
}

/** Writes a baseline, as a whole or not at all. @throws CommandError where it cannot be written */
async function writeBaseline(file: string, maker: BaselineMaker, earlier: Baseline | undefined): Promise<void> {
  const partial = `${file}.${randomUUID()}`;
  try {
    await writeFile(partial, printableYaml(maker.document(earlier)), { flag: 'wx' });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw new CommandError(`cannot write the baseline: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Tells people what a baseline left out, and what of it needs a look. @param isWhole whether everything was read */
function tellOfBaseline(file: string, baseline: Baseline, isWhole: boolean): void {
  const { known, expired, stale } = baseline;
  const say = (line: string) => {
    writeLines([[line]], process.stderr);
  };
  if (known > 0) say(`${file}: ${known} ${known === 1 ? 'finding is' : 'findings are'} known, and left out.`);
  for (const line of named(file, expired, ({ until = '' }) => `expired on ${until}, and counts again`)) say(line);
  // What was not read may be there still.
  if (isWhole) for (const line of named(file, stale, () => 'matches nothing any more: take it out')) say(line);
}

function* named(
  file: string,
  entries: readonly PlacedEntry[],
  what: (entry: PlacedEntry) => string,
): Generator<string, void, undefined> {
  for (const entry of entries.slice(0, maxNamed)) {
    yield `${file}:${entry.line}: ${entry.code} of ${entry.about} ${what(entry)}.`;
  }
  if (entries.length > maxNamed) yield `${file}: and ${entries.length - maxNamed} more of these.`;
}
