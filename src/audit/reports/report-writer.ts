import { ApiError } from '../../cluster/api-error.ts';
import type { ClusterConnection } from '../../cluster/connection.ts';
import { backOff } from '../../follow/pause.ts';
import { reportKinds, type ReportKind } from './report-kinds.ts';
import { reportLabel, type ReportObject, type ReportOptions } from './report-objects.ts';

/** How reports are written. */
export type WriterOptions = ReportOptions & {
  /** For each request. */
  readonly timeoutMs: number;
};

/** The name under which the API server notes whose the fields are. */
const fieldManager = 'shimgate-audit';

/** Of what could not be done so much is told. */
const maxFailures = 10;

/** Two audits that write at the same time, and an API server that has too much to do. */
const worthAnotherTry: ReadonlySet<number> = new Set([409, 429, 500, 503, 504]);
const maxTries = 4;
const pauseAfter = backOff({ firstMs: 500, maxMs: 5_000, jitter: 1 });

type Listed = { readonly metadata?: { readonly name?: string; readonly namespace?: string } };

/** Writes reports, and removes those that are no longer written. */
export class ReportWriter {
  written = 0;
  removed = 0;
  /** What could not be written or removed, a sentence each; of many the first. */
  readonly failures: string[] = [];
  readonly #connection: ClusterConnection;
  readonly #options: WriterOptions;
  readonly #paths = new Set<string>();

  constructor(connection: ClusterConnection, options: WriterOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** By server-side apply, which makes what is not there and changes what is. @throws ApiError where nobody answers */
  async apply(object: ReportObject): Promise<void> {
    const { namespaced, cluster } = reportKinds[this.#options.api];
    const { name, namespace = '' } = object.metadata;
    const path = this.#pathOf(namespace === '' ? cluster : namespaced, name, namespace);
    this.#paths.add(path);
    const isDone = await this.#try(`cannot write ${path}`, () =>
      this.#connection.request('PATCH', path, {
        body: { value: object, type: 'application/apply-patch+yaml' },
        query: { fieldManager, force: 'true' },
        timeoutMs: this.#options.timeoutMs,
      }),
    );
    if (isDone) this.written++;
  }

  /** Removes the reports of this name that were not written. @throws ApiError where nobody answers */
  async removeOthers(): Promise<void> {
    const { api, timeoutMs } = this.#options;
    for (const kind of Object.values(reportKinds[api])) {
      const stale: string[] = [];
      await this.#try(`cannot list ${kind.resource}.${api}`, () => this.#findStale(kind, stale));
      for (const path of stale) {
        const remove = () => this.#connection.request('DELETE', path, { timeoutMs });
        if (await this.#try(`cannot remove ${path}`, remove)) this.removed++;
      }
    }
  }

  async #findStale(kind: ReportKind, stale: string[]): Promise<void> {
    const { api, name: own, timeoutMs } = this.#options;
    const pages = this.#connection.items(`/apis/${api}/${kind.resource}`, {
      query: { labelSelector: `${reportLabel}=${own}` },
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      pageSize: 500,
      timeoutMs,
      signal: new AbortController().signal,
    });
    stale.length = 0;
    for await (const page of pages) {
      for (const item of page) {
        const { name = '', namespace = '' } = (item as Listed).metadata ?? {};
        const path = this.#pathOf(kind, name, namespace);
        if (!this.#paths.has(path)) stale.push(path);
      }
    }
  }

  #pathOf({ resource }: ReportKind, name: string, namespace: string): string {
    const where = namespace === '' ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
    return `/apis/${this.#options.api}/${where}${resource}/${encodeURIComponent(name)}`;
  }

  /** @returns whether it was done; what is refused because it goes away is neither done nor a failure */
  async #try(what: string, ask: () => Promise<unknown>): Promise<boolean> {
    for (let failures = 1; ; failures++) {
      try {
        await ask();
        return true;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 0) throw error;
        if (worthAnotherTry.has(error.status) && failures < maxTries) {
          await pauseAfter(failures, new AbortController().signal);
          continue;
        }
        if (!isGoing(error) && this.failures.length < maxFailures) this.failures.push(`${what}: ${error.message}`);
        return false;
      }
    }
  }
}

/**
 * Whether the namespace, or the report, went away meanwhile: then it needs no report.
 *
 * Source: Kubernetes, plugin/pkg/admission/namespace/lifecycle: nothing is made in a namespace that is being terminated.
 */
function isGoing({ status, message }: ApiError): boolean {
  return status === 404 || (status === 403 && message.includes('because it is being terminated'));
}
