import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnerEvent } from '../../admission/owner-event.ts';
import type { Follower } from '../../follow/follower.ts';
import { ApiError } from '../api-error.ts';
import type { ClusterConnection } from '../connection.ts';
import { EventCorrelator, type CountedEvent } from './event-correlator.ts';

/** What became of an Event. */
type EventResult = 'written' | 'failed' | 'dropped';

export type RecorderOptions = {
  /** Which replica this is: its host's name. */
  readonly instance: string;
  readonly count: (result: EventResult) => void;
  /** Called with the reason where writing begins to fail. */
  readonly onFailure: (reason: string) => void;
  readonly pace?: Partial<Pace>;
};

/** All in milliseconds but the first. */
type Pace = {
  /** So many wait to be written; what comes then is dropped. */
  readonly maxWaiting: number;
  /** Between two of them, whatever they are about. */
  readonly betweenMs: number;
  /** For each. */
  readonly timeoutMs: number;
  /** Before another try. */
  readonly retryMs: number;
};

const defaultPace: Pace = { maxWaiting: 500, betweenMs: 100, timeoutMs: 5_000, retryMs: 2_000 };

const maxTries = 3;

/** Under which name the API server has it. */
const reportingController = 'shimgate.dev/webhook';

/**
 * Writes Events about the controllers of pods, one after the other, besides all else: nobody waits for one, and what cannot be
 * written soon is not written. The same thing again changes the Event that there is.
 *
 * Source: Kubernetes, API reference, events.k8s.io/v1.
 */
export class EventRecorder implements Follower {
  readonly checks = [];
  readonly caches = () => [];
  readonly #connection: ClusterConnection;
  readonly #options: RecorderOptions;
  readonly #pace: Pace;
  readonly #correlator = new EventCorrelator();
  readonly #waiting = new Set<CountedEvent>();
  /** The names of those that were written; what nobody counts any more goes with it. */
  readonly #names = new WeakMap<CountedEvent, string>();
  readonly #closed = new AbortController();
  #writing: Promise<void> | undefined;
  #isFailing = false;

  constructor(connection: ClusterConnection, options: RecorderOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#pace = { ...defaultPace, ...options.pace };
  }

  /** Takes it, and returns at once. @param now in milliseconds since the epoch */
  record(event: OwnerEvent, now: number): void {
    const counted = this.#correlator.take(event, now);
    if (counted === undefined || this.#closed.signal.aborted) return;
    if (this.#waiting.size >= this.#pace.maxWaiting && !this.#waiting.has(counted)) {
      this.#options.count('dropped');
      return;
    }
    this.#waiting.add(counted);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { signal } = this.#closed;
    for (let counted = this.#next(); counted !== undefined && !signal.aborted; counted = this.#next()) {
      await this.#tell(counted);
      await this.#wait(this.#pace.betweenMs);
    }
  }

  #next(): CountedEvent | undefined {
    const [first] = this.#waiting;
    if (first !== undefined) this.#waiting.delete(first);
    return first;
  }

  async #tell(counted: CountedEvent): Promise<void> {
    for (let tries = 1; !this.#closed.signal.aborted; tries++) {
      try {
        await this.#send(counted);
        this.#isFailing = false;
        this.#options.count('written');
        return;
      } catch (error) {
        if (isWorthAnotherTry(error) && tries < maxTries) {
          await this.#wait(this.#pace.retryMs);
          continue;
        }
        this.#options.count('failed');
        // Whatever it is: nothing that is wrong with an Event may end the webhook.
        if (!this.#isFailing) this.#options.onFailure(error instanceof Error ? error.message : String(error));
        this.#isFailing = true;
        return;
      }
    }
  }

  async #send(counted: CountedEvent): Promise<void> {
    const { owner } = counted.event;
    const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(owner.namespace)}/events`;
    const name = this.#names.get(counted);
    if (name !== undefined) {
      const value = { series: seriesOf(counted) };
      try {
        await this.#request('PATCH', `${path}/${name}`, { value, type: 'application/merge-patch+json' });
        return;
      } catch (error) {
        // The API server forgets Events after an hour.
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
      }
    }
    const object = eventObject(counted, this.#options.instance);
    await this.#request('POST', path, { value: object, type: 'application/json' });
    this.#names.set(counted, object.metadata.name);
  }

  #request(method: 'PATCH' | 'POST', path: string, body: { readonly value: unknown; readonly type: string }) {
    return this.#connection.request(method, path, {
      body,
      timeoutMs: this.#pace.timeoutMs,
      signal: this.#closed.signal,
    });
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#closed.signal }).catch(() => undefined);
  }
}

/** Nobody answered, or who did has too much to do. */
function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

function eventObject(counted: CountedEvent, instance: string) {
  const { owner, reason, note } = counted.event;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    // An owner's name of 253 characters leaves no room for more.
    metadata: { name: `${owner.name.slice(0, 230)}.${randomBytes(8).toString('hex')}`, namespace: owner.namespace },
    regarding: owner,
    reason,
    note,
    type: 'Warning',
    action: 'Admitting',
    eventTime: microTime(counted.firstAt),
    reportingController,
    reportingInstance: instance,
    ...(counted.count > 1 && { series: seriesOf(counted) }),
  };
}

function seriesOf({ count, lastAt }: CountedEvent) {
  return { count, lastObservedTime: microTime(lastAt) };
}

/** As Kubernetes writes a MicroTime. */
function microTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}
