import { ApiError } from './api-error.ts';
import type { ClusterConnection } from './connection.ts';
import { LookUps } from './look-ups.ts';

/** A look-up is on the way of a pod's creation: it may not take long. */
const timeoutMs = 2_000;

/** A class or a namespace that is not there is looked up once a second at most, whoever asks for it. */
const limits = { atATime: 32, rememberMs: 1_000 };

/** No object of a kind that is followed has another name. Source: Kubernetes, Object Names and IDs, "DNS Subdomain Names". */
const objectName = /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/;

/** Reads single objects of a collection, ahead of the watch. */
export class ObjectLookUps {
  readonly #connection: ClusterConnection;
  readonly #path: string;
  readonly #put: (read: unknown) => void;
  readonly #lookUps = new LookUps<'found' | 'absent' | 'unknown'>(limits);

  /** @param path of the collection @param put takes in what was read */
  constructor(connection: ClusterConnection, path: string, put: (read: unknown) => void) {
    this.#connection = connection;
    this.#path = path;
    this.#put = put;
  }

  /** @throws TooManyLookUps where too many others are being read; never where the API server does not answer */
  async lookUp(name: string): Promise<void> {
    if (!objectName.test(name)) return;
    await this.#lookUps.find(
      name,
      () => this.#read(name),
      (answer) => answer === 'absent',
    );
  }

  async #read(name: string): Promise<'found' | 'absent' | 'unknown'> {
    try {
      this.#put(await this.#connection.request('GET', `${this.#path}/${name}`, { timeoutMs }));
      return 'found';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.status === 404 ? 'absent' : 'unknown';
    }
  }
}
