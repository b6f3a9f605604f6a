import type { Dispatcher } from 'undici';

/** Requests that follow each other and share a connection. */
export class Session {
  #dispatcher: Dispatcher | undefined;

  /** @returns the dispatcher of the first request */
  share(dispatcher: Dispatcher): Dispatcher {
    this.#dispatcher ??= dispatcher;
    return this.#dispatcher;
  }

  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
  }
}
