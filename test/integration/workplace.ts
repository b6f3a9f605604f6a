import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessGuard } from '../support/processes/process-guard.ts';
import { writeCertificate, type CertificateOnDisk } from '../support/certificates/serving-certificate.ts';
import { serveFlags } from '../support/serve-flags.ts';
import { WebhookProcess } from './webhook-process.ts';

const cluster = join(import.meta.dirname, '..', 'fixtures', 'cluster');

/** The sample configuration, and the sample cluster, which the recorded reviews are judged by. */
export const sampleConfiguration = join(cluster, 'configuration.yaml');
export const sampleObjects = join(cluster, 'objects.yaml');

/** How much of a log is shown where a test fails: its end. */
const shownLines = 40;

export type SpawnOptions = {
  /** Flags of `serve` besides those that every start has, or in place of them; undefined leaves one out. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** The Node that it runs under; the one that runs the tests where it is left out. */
  readonly node?: string;
};

/** A temporary directory with a serving certificate, and the webhooks that run from there. Close it, and all is gone. */
export class Workplace {
  readonly directory: string;
  readonly certificate: CertificateOnDisk;
  readonly #guard: ProcessGuard;
  readonly #spawned: WebhookProcess[] = [];

  private constructor(directory: string, certificate: CertificateOnDisk, guard: ProcessGuard) {
    this.directory = directory;
    this.certificate = certificate;
    this.#guard = guard;
  }

  /** The guard ends the processes and removes the directory where the test's own process dies before it can. */
  static async open(): Promise<Workplace> {
    const directory = await mkdtemp(join(tmpdir(), 'shimgate-integration-'));
    const guard = await ProcessGuard.start(directory, [directory]);
    return new Workplace(directory, await writeCertificate(directory), guard);
  }

  /** Starts `shimgate serve` on free loopback ports, with the sample configuration and cluster. */
  spawn({ flags = {}, nodeFlags, node }: SpawnOptions = {}): WebhookProcess {
    const all: Readonly<Record<string, string | undefined>> = { ...serveFlags(this.certificate, cluster), ...flags };
    const args = Object.entries(all).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
    const spawned = new WebhookProcess(
      ['serve', ...args],
      { PATH: process.env['PATH'], ...this.#guard.environment },
      nodeFlags,
      node,
    );
    this.#spawned.push(spawned);
    return spawned;
  }

  /** Runs a check; where it fails, shows what the webhooks here wrote. */
  async explain<T>(check: () => Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (error) {
      for (const { output } of this.#spawned) {
        console.error(`The webhook wrote, at last:\n${output.split('\n').slice(-shownLines).join('\n')}`);
      }
      throw error;
    }
  }

  /** @throws Error where a webhook had to be killed */
  async close(): Promise<void> {
    const stops = await Promise.allSettled(this.#spawned.map((spawned) => spawned.stop()));
    await this.#guard.release();
    await rm(this.directory, { recursive: true, force: true });
    for (const stop of stops) if (stop.status === 'rejected') throw stop.reason;
  }
}

/** Gives a test a workplace for as long as it takes. */
export async function withWorkplace(use: (workplace: Workplace) => Promise<void>): Promise<void> {
  const workplace = await Workplace.open();
  try {
    await workplace.explain(() => use(workplace));
  } finally {
    await workplace.close();
  }
}
