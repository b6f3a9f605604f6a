import { Worker } from 'node:worker_threads';
import type { ManifestEntry, ManifestObject } from '../manifests/read-manifests.ts';
import type { JsonSplitter } from '../text/split-json.ts';
import type { AuditFinding } from './audit-finding.ts';
import type { InventoryKind } from './inventory.ts';
import { LineSpool } from './line-spool.ts';

/** The task of the second thread: the bytes of an open file, and descriptors of the spools that it writes. */
export type HalfTask = {
  readonly file: string;
  readonly descriptor: number;
  readonly from: number;
  readonly to: number;
  readonly listHead: Uint8Array;
  readonly workloadsDescriptor: number;
  readonly entriesDescriptor: number;
};

/** What the second thread found besides workloads: it has sorted the objects. */
export type HalfEntry =
  | Exclude<ManifestEntry, { readonly kind: 'object' }>
  | { readonly kind: 'inventory'; readonly kept: InventoryKind; readonly object: ManifestObject }
  | { readonly kind: 'found'; readonly found: AuditFinding };

/** Workloads that the second thread has put on disk; add `linesBefore` to their lines. */
export type SpooledWorkloads = { readonly kind: 'workloads'; readonly spool: LineSpool; readonly linesBefore: number };

/** Beside this module, in src as in dist. */
const threadUrl = new URL(`./second-half-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** Which bytes of which file. */
type Half = Omit<HalfTask, 'listHead' | 'workloadsDescriptor' | 'entriesDescriptor'> & { readonly listHead: Buffer };

/** The second half of a list, which a thread reads, and what that writes. */
export class SecondHalf {
  readonly #half: Half;
  readonly #signal: AbortSignal;
  readonly #workloads = new LineSpool();
  readonly #entries = new LineSpool();
  readonly #thread: Worker | undefined;
  readonly #isRead: Promise<boolean>;
  #isTaken = false;
  readonly #terminate = () => void this.#thread?.terminate();

  /** @param signal ends the thread @throws where there is no room for temporary files */
  constructor(half: Half, signal: AbortSignal) {
    this.#half = half;
    this.#signal = signal;
    this.#thread = startThread({
      ...half,
      workloadsDescriptor: this.#workloads.descriptor,
      entriesDescriptor: this.#entries.descriptor,
    });
    this.#isRead = this.#thread === undefined ? Promise.resolve(false) : endsWell(this.#thread);
    signal.addEventListener('abort', this.#terminate);
    if (signal.aborted) this.#terminate();
  }

  /** Where in the file it begins. */
  get from(): number {
    return this.#half.from;
  }

  /**
   * Waits until all of it is read.
   *
   * @param first what has split the first half
   * @returns undefined where the second half does not begin between two items of the list, or could not be read
   */
  async whenRead(first: JsonSplitter): Promise<Iterable<HalfEntry | SpooledWorkloads> | undefined> {
    if (!first.isBetweenItemsOf(this.#half.listHead)) return undefined;
    return (await this.#isRead) ? this.#take(first.line - 1) : undefined;
  }

  *#take(linesBefore: number): Generator<HalfEntry | SpooledWorkloads, void, undefined> {
    this.#isTaken = true;
    yield { kind: 'workloads', spool: this.#workloads, linesBefore };
    for (const line of this.#entries.lines()) yield entryAtItsLine(JSON.parse(line) as HalfEntry, linesBefore);
  }

  /** Ends the thread where it still reads, and closes what nobody has taken. */
  async stop(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#terminate);
    await this.#thread?.terminate();
    this.#entries.close();
    if (!this.#isTaken) this.#workloads.close();
  }
}

/** @returns undefined where Node's permissions allow no thread */
function startThread(workerData: HalfTask): Worker | undefined {
  try {
    return new Worker(threadUrl, { workerData });
  } catch {
    return undefined;
  }
}

/** Whether a thread gets to its end. What fails in it fails in the first thread as well, which says so. */
async function endsWell(thread: Worker): Promise<boolean> {
  return new Promise((resolve) => {
    let isRead = false;
    thread.once('message', () => {
      isRead = true;
    });
    thread.once('error', () => {
      resolve(false);
    });
    // Its exit code says nothing: one that is terminated before it has begun ends with 0.
    thread.once('exit', () => {
      resolve(isRead);
    });
  });
}

function entryAtItsLine(entry: HalfEntry, linesBefore: number): HalfEntry {
  if (entry.kind === 'inventory') return { ...entry, object: atItsLine(entry.object, linesBefore) };
  if (entry.kind === 'found') return { kind: 'found', found: atItsLine(entry.found, linesBefore) };
  return { kind: entry.kind, finding: atItsLine(entry.finding, linesBefore) };
}

/** What was read from a part of a file, as read from the file, which has so many lines before that part. */
export function atItsLine<Sourced extends { readonly source?: { readonly line: number } | undefined }>(
  read: Sourced,
  linesBefore: number,
): Sourced {
  if (read.source === undefined || linesBefore === 0) return read;
  return { ...read, source: { ...read.source, line: read.source.line + linesBefore } };
}
